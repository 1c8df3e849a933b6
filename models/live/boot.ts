/** A kernel is booted once. The machines on which programs run start from a snapshot taken after that boot. */
import { closeSync, readFileSync } from 'node:fs';
import { CallError } from '../../harness/errors';
import { initramfs, type RamdiskFile } from './initramfs';
import {
  connect,
  type Fleet,
  type Fresh,
  fleet_of,
  type Line,
  type Machine,
  type Running,
  type Start,
} from './machine';
import { AGENT_MODULES, check_built_for, load_order, module_bytes, unpacked_name } from './modules';
import { nameless_file } from './nameless';
import { start_qemu, type Vm, type VmConfig } from './qemu';
import { devices_of, forget, go_on, keep_state, make_room, type Snapshot } from './snapshot';

/** What is booted. */
export interface Boot {
  readonly image: string;
  /** The folder of modules (`lib/modules/VERSION`); null if KVM is built in. */
  readonly modules: string | null;
  /** KVM parameters besides `nx_huge_pages=force`, such as `tdp_mmu=0`. */
  readonly params: readonly string[];
  readonly agent: string;
  /** Whether the memory includes a 1G page. */
  readonly giant: boolean;
  /** The largest number of virtual machines (default 1). */
  readonly vms?: number;
  /** Names of functions to watch. */
  readonly watch?: readonly string[];
  /** Boot at each fresh start, even if a snapshot is possible. */
  readonly anew?: boolean;
}

/** Milliseconds for the slowest program where 1G pages must be cleared. */
const GIANT_PROGRAM_AT_MOST = 600_000;
/** A machine that gets less than 1/STARVED of a processor counts as idle, not as starved. */
const STARVED = 5;

/** Megabytes of memory of a virtual machine, with a 1G page in it or without. */
export const memory_of = (giant: boolean): number => (giant ? 6144 : 512);

/**
 * Boots once to find out about the kernel. Throws a CallError if the kernel cannot be used, or if KVM has not accepted
 * a parameter.
 */
export async function boot(config: Boot, now: () => number, stop: AbortSignal): Promise<Machine> {
  const params = ['nx_huge_pages=force', ...config.params];
  const ramdisk = nameless_file(initramfs(files_of_ramdisk(config, params)));
  const kernel_line = params.map((param) => `kvm.${param}`);
  if (config.giant) kernel_line.push('hugepagesz=1G', 'hugepages=1');
  const vm = {
    image: config.image,
    ramdisk,
    kernel_line,
    megabytes: memory_of(config.giant),
    memory: null,
    devices: null,
  };
  const fleet = {
    vms: config.vms ?? 1,
    watch: config.watch ?? [],
    ...(config.giant ? { patience: GIANT_PROGRAM_AT_MOST } : {}),
  };
  const booting = first_boot(vm, config.anew === true, fleet, now, stop);
  const machine = await booting.catch((error: unknown) => {
    closeSync(ramdisk);
    throw error;
  });
  const close = async () => {
    await machine.close();
    closeSync(ramdisk);
  };
  const wrong = not_taken(config.params, machine.hello.asked);
  if (wrong === null) return closed_by(machine, close);
  await close();
  throw new CallError(`--params ${wrong}`);
}

/** The agent, and the modules in the order in which it loads them. */
function files_of_ramdisk({ agent, image, modules }: Boot, params: readonly string[]): RamdiskFile[] {
  const files: RamdiskFile[] = [{ path: 'init', data: readFileSync(agent) }];
  if (modules === null) return files;
  const order: string[] = [];
  const kernel = readFileSync(image);
  for (const file of load_order(modules, AGENT_MODULES)) {
    const name = unpacked_name(file);
    order.push(name === 'kvm.ko' ? `${name} ${params.join(' ')}\n` : `${name}\n`);
    const data = module_bytes(file);
    check_built_for(kernel, data, file);
    files.push({ path: `modules/${name}`, data });
  }
  return [...files, { path: 'modules/order', data: Buffer.from(order.join('')) }];
}

/** A virtual machine with the clock that measures its time limits. */
function running_of(vm: Vm, now: () => number, restored = false): Running {
  const { agent, ended, kill } = vm;
  const began = now();
  const clock = () => Math.max(vm.busy(), (now() - began) / STARVED);
  return { input: agent, output: agent, ended, restored, console: vm.console, clock, stop: kill };
}

/** The first boot. Its state is kept for all further starts, if possible. */
async function first_boot(
  config: VmConfig,
  anew: boolean,
  fleet: Fleet,
  now: () => number,
  stop: AbortSignal,
): Promise<Machine> {
  const room = anew ? null : make_room(config.megabytes);
  const began = now();
  const vm = start_qemu({ ...config, memory: room?.memory ?? null });
  let line: Line;
  try {
    line = await connect(running_of(vm, now), stop, fleet.watch);
  } catch (error) {
    if (room) forget(room);
    throw error;
  }
  const boot_seconds = (now() - began) / 1000;
  const afresh: Start = () => running_of(start_qemu(config), now);
  if (room === null) {
    const why = anew ? 'as asked for' : `no room for ${2 * config.megabytes} MB in /dev/shm, nor in TMPDIR`;
    return fleet_of(line, boot_seconds, afresh, stop, { ...fleet, fresh: { kind: 'anew', why } });
  }
  const restore: Start = () => restored(config, room, now);
  let fresh: Fresh;
  try {
    await keep_state(vm, room);
    await line.end();
    const since = now();
    line = await connect(await restore(), stop, fleet.watch);
    fresh = { kind: 'restored', seconds: (now() - since) / 1000 };
  } catch (error) {
    // Whatever the error: a machine can be booted instead, and this one may have been changed.
    await line.end();
    forget(room);
    if (stop.aborted) throw error;
    line = await connect(await afresh(), stop, fleet.watch);
    const why = (error as Error).message;
    return fleet_of(line, boot_seconds, afresh, stop, { ...fleet, fresh: { kind: 'anew', why } });
  }
  const machine = fleet_of(line, boot_seconds, restore, stop, { ...fleet, fresh });
  const close = async () => {
    await machine.close();
    forget(room);
  };
  return closed_by(machine, close);
}

/** The same machine, with something else to close after it. Its counts are still read from it. */
const closed_by = (machine: Machine, close: () => Promise<void>): Machine => ({
  ...machine,
  get touched() {
    return machine.touched;
  },
  close,
});

/** A machine that resumes from the snapshot. Throws a CallError if QEMU reports that it cannot. */
async function restored(config: VmConfig, room: Snapshot, now: () => number): Promise<Running> {
  const devices = devices_of(room);
  const vm = start_qemu({ ...config, memory: room.memory, devices });
  closeSync(devices);
  try {
    await go_on(vm);
  } catch (error) {
    vm.kill();
    await vm.ended;
    throw new CallError(`QEMU does not go on from the state after the boot: ${(error as Error).message}`);
  }
  return running_of(vm, now, true);
}

/** The first parameter that the module does not have, or has with another value; null if there is none. */
export function not_taken(params: readonly string[], asked: ReadonlyMap<string, string>): string | null {
  for (const param of params) {
    const [name = '', value = ''] = param.split('=');
    const found = asked.get(name) ?? asked.get(name.replaceAll('-', '_')) ?? '-';
    if (found === '-') return `${param}: this KVM has no parameter ${name} that can be read`;
    if (plain(found) !== plain(value)) return `${param}: KVM has ${found}`;
  }
  return null;
}

/** A value in the kernel's form: 1 becomes Y, and hexadecimal numbers become decimal. */
function plain(value: string): string {
  if (/^(1|y|yes|on|true)$/i.test(value)) return 'Y';
  if (/^(0|n|no|off|false)$/i.test(value)) return 'N';
  return /^(0x[\da-f]+|\d+)$/i.test(value) ? String(Number(value)) : value;
}
