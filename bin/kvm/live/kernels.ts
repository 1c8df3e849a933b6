/** Which kernel is asked for, and how it is brought up. */
import { existsSync, statSync } from 'node:fs';
import { availableParallelism, homedir, totalmem } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { type Call, number_flag, type Terminal } from '../../../harness/cli/cli';
import { CallError } from '../../../harness/errors';
import { did_you_mean } from '../../../harness/nearest';
import { build_agent } from '../../../models/live/agent';
import { type Boot, boot, memory_of } from '../../../models/live/boot';
import { check_debian_name, DEBIAN_KERNELS, debian_kernel } from '../../../models/live/debian';
import { host } from '../../../models/live/host';
import type { Machine } from '../../../models/live/machine';
import { deb_kernel, is_deb } from '../../../models/live/own_deb';
import { type OwnKernel, own_kernel } from '../../../models/live/own_kernel';
import { check_qemu } from '../../../models/live/qemu';
import { functions_of } from '../../../models/live/touched';

/** Where kernels and the compiled agent are kept between calls. By the rules of XDG a path that is relative does not count. */
export function cache_folder({ env }: Pick<Terminal, 'env'>): string {
  const named = env['XDG_CACHE_HOME'] ?? '';
  return join(isAbsolute(named) ? named : join(homedir(), '.cache'), 'kvm-nx-harness');
}

/** There is such a kernel, and it cannot be used: it does not boot, or has no KVM. Another kernel may be used by the same call. */
export class UnusableKernel extends CallError {}

/** Brings up the machine that the call asks for. Throws a CallError that says why it cannot. */
export async function machine_of(call: Call, terminal: Terminal): Promise<Machine> {
  const target = call.text('target');
  const kernel = call.text('kernel');
  const vms = vms_of(call);
  const modules = call.text('modules') ?? null;
  if (target !== undefined) {
    if (target !== 'host') throw new CallError(`--target ${target} is unknown; known: host`);
    if (kernel !== undefined) throw new CallError('--kernel and --target: one or the other, not both');
    const [of_vm] = ['modules', 'params', 'vms', 'touched'].filter((name) => call.text(name) !== undefined);
    if (of_vm !== undefined) throw new CallError(`--${of_vm} is for a kernel that is booted, not for --target host`);
    return host(await build_agent(cache_folder(terminal), terminal.signal), terminal.now, terminal.signal);
  }
  if (kernel === undefined) {
    throw new CallError(
      `which kernel? --kernel PATH of an image, a build tree or a .deb, ${DEBIAN_KERNELS.join(', ')}, or --target host`,
    );
  }
  const touched = call.text('touched');
  const watch = touched === undefined ? [] : functions_of(touched);
  return booted(kernel, modules, { vms, watch }, call, terminal);
}

const MAX_VMS = 64;
/** Part of this machine's memory that virtual machines may take, as far as they are not asked for by number. */
const PART_OF_MEMORY = 0.5;

/** The number of virtual machines: as `--vms` says, else one for each core; of two kernels that are compared, as many for both. */
function vms_of(call: Call): number {
  const cores = Math.ceil(availableParallelism() / (call.text('base') === undefined ? 1 : 2));
  const fit = Math.floor((totalmem() * PART_OF_MEMORY) / (memory_of(call.flag('giant')) * 2 ** 20));
  return number_flag(call, 'vms', 1, MAX_VMS, Math.max(1, Math.min(cores, fit, MAX_VMS)));
}

/** Boots the kernel that `--base` names, with the same parameters. Throws a CallError that says why it cannot. */
export const base_machine = (base: string, call: Call, terminal: Terminal): Promise<Machine> =>
  booted(base, call.text('base-modules') ?? null, { vms: vms_of(call), watch: [] }, call, terminal);

async function booted(
  kernel: string,
  modules: string | null,
  more: Pick<Boot, 'vms' | 'watch'>,
  call: Call,
  terminal: Terminal,
): Promise<Machine> {
  const cache = cache_folder(terminal);
  const params = call.text('params')?.split(/[\s,]+/) ?? [];
  const bad = params.find((param) => !/^[a-z0-9_]+=\S+$/i.test(param));
  if (bad !== undefined) throw new CallError(`--params ${bad} is not like tdp_mmu=0`);
  const debian = kernel.startsWith('debian:');
  if (debian) check_debian_name(kernel);
  if (debian && modules !== null) throw new CallError(`--modules is for a kernel of your own: ${kernel} has its own`);
  const own = debian ? null : await own_of(kernel, modules, cache, terminal);
  // What is wrong with the call is said before what the machine lacks.
  check_qemu();
  const files = own ?? (await debian_kernel(kernel, cache, (line) => terminal.err(line), terminal.signal, terminal));
  const agent = await build_agent(cache, terminal.signal);
  terminal.progress('booting');
  const machine = await boot(
    { ...files, params, agent, giant: call.flag('giant'), ...more },
    terminal.now,
    terminal.signal,
  ).catch((error: unknown) => {
    if (terminal.signal.aborted || !(error instanceof CallError)) throw error;
    throw new UnusableKernel(error.message, error.details);
  });
  terminal.progress('');
  return machine;
}

/** A kernel of the user's own. Throws a CallError if there is none at this path, or not all of it. */
async function own_of(path: string, modules: string | null, cache: string, terminal: Terminal): Promise<OwnKernel> {
  if (!existsSync(path)) {
    const kinds = 'neither an image, a build tree, a .deb';
    throw new CallError(
      `no kernel "${path}": ${kinds}, nor one of ${DEBIAN_KERNELS.join(', ')}${did_you_mean(path, DEBIAN_KERNELS)}`,
    );
  }
  const folder = modules === null ? null : folder_of(modules);
  if (!statSync(path).isFile() || !is_deb(path)) return own_kernel(path, folder);
  if (folder !== null) throw new CallError(`--modules is for an image: ${path} is a package, and has its own`);
  return deb_kernel(path, cache, terminal.signal, terminal);
}

function folder_of(path: string): string {
  if (existsSync(join(path, 'kernel'))) return path;
  throw new CallError(`--modules ${path} is no folder of modules: lib/modules/VERSION, with a folder kernel in it`);
}
