/** A virtual machine as a process: QEMU's software emulation, which repeats exactly whatever else the machine does. */
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
  /** A file that is open for reading: QEMU opens it once more, by its number. */
  readonly ramdisk: number;
  /** Words for the kernel line beside our own. */
  readonly kernel_line: readonly string[];
  readonly megabytes: number;
  /**
   * A file for its memory, open for reading and writing; null: none. With `devices`, the state of the devices of a machine of the
   * same configuration, the memory is that machine's, and what is written to it stays with this machine.
   */
  readonly memory: number | null;
  readonly devices: number | null;
}

/** A running virtual machine: where the agent listens, and what the console has shown so far. */
export interface Vm {
  readonly agent: Socket;
  readonly ended: Promise<void>;
  /** QEMU's monitor, opened when it is asked for first. */
  monitor(): Promise<Monitor>;
  console(): string;
  /** Milliseconds of processor time that it has used. */
  busy(): number;
  kill(): void;
}

/**
 * One instruction is 2^SHIFT ns of the guest's time, so that a program takes the same time whatever the host is doing.
 * Another shift is another trace.
 */
const SHIFT = 3;

/**
 * Everything that can be emulated, but for what is slow in emulation: the string instructions that kernels prefer where
 * they are said to be fast (each byte is an instruction), and page tables of five levels.
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
 * No surprises: no address randomised, nothing mitigated but what we test, complaints on the console, death at a panic; and
 * nothing at boot that takes long: self-tests, memory cleared twice, the slow string instructions once more (112: REP_GOOD).
 */
const KERNEL_LINE = [
  ...['console=ttyS0,115200', 'loglevel=5', 'panic=-1', 'mitigations=off', 'nokaslr', 'no_timer_check'],
  ...['init_on_alloc=0', 'random.trust_cpu=on', 'cryptomgr.notests', 'clearcpuid=112'],
];

/** Throws a CallError that says what to install, if there is no QEMU. */
export function check_qemu(): void {
  const { error } = spawnSync(QEMU, ['--version'], { stdio: 'ignore' });
  if (error) throw new CallError(`no ${QEMU} on this machine; on Debian: apt-get install qemu-system-x86`);
}

/** Starts a machine. It dies with this process, however that ends, and leaves no file: its ramdisk has no name. */
export function start_qemu({ image, ramdisk, kernel_line, megabytes, memory, devices }: VmConfig): Vm {
  const line = [...KERNEL_LINE, ...kernel_line].join(' ');
  const argv = [...MACHINE, '-m', `${megabytes}M`, '-kernel', image, '-initrd', '/proc/self/fd/4', '-append', line];
  if (memory !== null) {
    const share = devices === null ? 'on' : 'off';
    const backend = `memory-backend-file,id=memory,size=${megabytes}M,mem-path=/proc/self/fd/6,share=${share}`;
    argv.push('-object', backend, '-machine', 'memory-backend=memory');
  }
  if (devices !== null) argv.push('-incoming', 'defer');
  // Killed with this process, where the machine has setpriv; else the agent hears nothing more, and powers off.
  const stdio = ['ignore', 'pipe', 'pipe', 'pipe', ramdisk, 'pipe', memory ?? 'ignore', devices ?? 'ignore'] as const;
  return watched(spawn(...ending_with_us(QEMU, argv), { stdio: [...stdio] }));
}

/** More of a console than this nobody reads. */
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
  // Whoever writes to a machine that has died learns of it by `ended`.
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

/** In milliseconds, of which a clock tick has ten; 0 if nobody tells. */
function processor_time(pid: number | undefined): number {
  try {
    // Behind the name, which may hold anything: state, …; utime and stime are the 12th and 13th.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
}
