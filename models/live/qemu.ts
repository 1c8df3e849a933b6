/** A virtual machine as a process: QEMU's software emulation, which is deterministic whatever else the host does. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { CallError } from '../../harness/errors';
import { ending_with_us } from './child';
import { type Monitor, open_monitor } from './qmp';

const QEMU = 'qemu-system-x86_64';

export interface VmConfig {
  /** bzImage or vmlinux. */
  readonly image: string;
  /** A file that is open for reading. QEMU opens it again by its number. */
  readonly ramdisk: number;
  /** Words for the kernel command line besides our own. */
  readonly kernel_line: readonly string[];
  readonly megabytes: number;
  /**
   * A file for its memory, open for reading and writing; null: none. With `devices` (the saved device state of a
   * machine with the same configuration), the file is that machine's memory, and writes to it stay private to this
   * machine.
   */
  readonly memory: number | null;
  readonly devices: number | null;
}

/** A running virtual machine: the connection to its agent, and the console output so far. */
export interface Vm {
  readonly agent: Socket;
  readonly ended: Promise<void>;
  /** QEMU's monitor, opened at the first call. */
  monitor(): Promise<Monitor>;
  console(): string;
  /** Processor time that it has used, in milliseconds. */
  busy(): number;
  kill(): void;
}

/**
 * An instruction takes 2^SHIFT ns of the guest's time, so a program takes the same time whatever the host does. Another
 * shift gives another trace.
 */
const SHIFT = 3;

/**
 * Every feature that can be emulated, except those that are slow in emulation: the string instructions that kernels
 * prefer where the CPU reports them as fast (each byte is an instruction), and five-level page tables.
 */
const CPU = 'max,-erms,-fsrm,-la57';

const MACHINE = [
  ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
  ...['-machine', 'q35', '-accel', 'tcg', '-cpu', CPU, '-smp', '1'],
  ...['-icount', `shift=${SHIFT},sleep=off`, '-rtc', 'base=2020-09-25,clock=vm', '-seed', '1'],
  ...['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
  ...['-chardev', 'socket,id=agent,fd=3', '-device', 'virtio-serial-pci'],
  ...['-device', 'virtserialport,chardev=agent,name=agent'],
  ...['-chardev', 'socket,id=monitor,fd=5', '-mon', 'chardev=monitor,mode=control'],
];

/**
 * For repeatable runs: no address randomisation, no mitigation except the tested one, complaints on the console, an
 * immediate end at a panic. Nothing at boot that takes long: self-tests, clearing memory twice, and again the slow
 * string instructions (112: REP_GOOD). Nothing that wakes an idle kernel again and again: the check of the TSC, the
 * accounting of pressure and of memory by group, DAMON.
 */
const KERNEL_LINE = [
  ...['console=ttyS0,115200', 'loglevel=5', 'panic=-1', 'mitigations=off', 'nokaslr', 'no_timer_check'],
  ...['init_on_alloc=0', 'random.trust_cpu=on', 'cryptomgr.notests', 'clearcpuid=112'],
  ...['tsc=nowatchdog', 'psi=0', 'cgroup_disable=memory,pressure', 'damon_stat.enabled=0'],
];

/** Throws a CallError that says what to install if there is no QEMU. */
export function check_qemu(): void {
  const { error } = spawnSync(QEMU, ['--version'], { stdio: 'ignore' });
  if (error) throw new CallError(`no ${QEMU} on this machine; on Debian: apt-get install qemu-system-x86`);
}

/**
 * Starts a machine. It ends with this process, however that ends, and leaves no file, because its ramdisk has no name.
 */
export function start_qemu({ image, ramdisk, kernel_line, megabytes, memory, devices }: VmConfig): Vm {
  const line = [...KERNEL_LINE, ...kernel_line].join(' ');
  const argv = [...MACHINE, '-m', `${megabytes}M`, '-kernel', image, '-initrd', '/proc/self/fd/4', '-append', line];
  if (memory !== null) {
    const share = devices === null ? 'on' : 'off';
    const backend = `memory-backend-file,id=memory,size=${megabytes}M,mem-path=/proc/self/fd/6,share=${share}`;
    argv.push('-object', backend, '-machine', 'memory-backend=memory');
  }
  if (devices !== null) argv.push('-incoming', 'defer');
  // Ends with this process, if the machine has setpriv. Otherwise the agent's input ends, and it powers off.
  const stdio = ['ignore', 'pipe', 'pipe', 'pipe', ramdisk, 'pipe', memory ?? 'ignore', devices ?? 'ignore'] as const;
  return watched(spawn(...ending_with_us(QEMU, argv), { stdio: [...stdio] }));
}

/** The largest part of a console that is kept, in bytes. */
const CONSOLE_AT_MOST = 1 << 20;

function watched(child: ChildProcess): Vm {
  let text = '';
  const keep = (data: Buffer) => {
    text = (text + data.toString('utf8')).slice(-CONSOLE_AT_MOST);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const agent = child.stdio[3] as Socket;
  const monitor_stream = (child.stdio as readonly unknown[])[5] as Socket;
  // A caller that writes to a dead machine learns of its death through `ended`.
  for (const stream of [agent, monitor_stream]) stream.on('error', () => {});
  const kill = () => child.kill('SIGKILL');
  process.on('exit', kill);
  const ended = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      keep(Buffer.from(`${QEMU}: ${error.message}\n`));
      resolve();
    });
    child.on('exit', () => resolve());
  }).then(() => void process.off('exit', kill));
  let opened: Promise<Monitor> | null = null;
  const monitor = () => {
    opened ??= open_monitor(monitor_stream, ended);
    return opened;
  };
  return { agent, ended, monitor, console: () => text, busy: () => processor_time(child.pid), kill };
}

/** Processor time in milliseconds; a clock tick is ten. 0 if unknown. */
function processor_time(pid: number | undefined): number {
  try {
    // After the name, which may contain anything: state, …; utime and stime are the 12th and 13th fields.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
}
