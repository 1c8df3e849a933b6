/** Which kernel is asked for, and how it is brought up. */
import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Call, Terminal } from '../../../harness/cli/cli';
import { CallError } from '../../../harness/errors';
import { build_agent } from '../../../models/live/agent';
import { boot } from '../../../models/live/boot';
import { check_debian_name, DEBIAN_KERNELS, debian_kernel } from '../../../models/live/debian';
import { host } from '../../../models/live/host';
import type { Machine } from '../../../models/live/machine';
import { check_qemu } from '../../../models/live/qemu';

/** Where kernels and the compiled agent are kept between calls. By the rules of XDG a path that is relative does not count. */
export function cache_folder({ env }: Pick<Terminal, 'env'>): string {
  const named = env['XDG_CACHE_HOME'] ?? '';
  return join(isAbsolute(named) ? named : join(homedir(), '.cache'), 'kvm-nx-harness');
}

/** Brings up the machine that the call asks for. Throws a CallError that says why it cannot. */
export async function machine_of(call: Call, terminal: Terminal): Promise<Machine> {
  const target = call.text('target');
  const kernel = call.text('kernel');
  const modules = call.text('modules') ?? null;
  if (target !== undefined) {
    if (target !== 'host') throw new CallError(`--target ${target} is unknown; known: host`);
    if (kernel !== undefined) throw new CallError('--kernel and --target: one or the other, not both');
    const [of_vm] = ['modules', 'params'].filter((name) => call.text(name) !== undefined);
    if (of_vm !== undefined) throw new CallError(`--${of_vm} is for a kernel that is booted, not for --target host`);
    return host(await build_agent(cache_folder(terminal), terminal.signal), terminal.now, terminal.signal);
  }
  if (kernel === undefined) {
    throw new CallError(
      `which kernel? --kernel PATH of a bzImage or vmlinux, ${DEBIAN_KERNELS.join(', ')}, or --target host`,
    );
  }
  return booted(kernel, modules, call, terminal);
}

/** Boots the kernel that `--base` names, with the same parameters. Throws a CallError that says why it cannot. */
export const base_machine = (base: string, call: Call, terminal: Terminal): Promise<Machine> =>
  booted(base, call.text('base-modules') ?? null, call, terminal);

async function booted(kernel: string, modules: string | null, call: Call, terminal: Terminal): Promise<Machine> {
  const cache = cache_folder(terminal);
  const params = call.text('params')?.split(/[\s,]+/) ?? [];
  const bad = params.find((param) => !/^[a-z0-9_]+=\S+$/i.test(param));
  if (bad !== undefined) throw new CallError(`--params ${bad} is not like tdp_mmu=0`);
  const debian = kernel.startsWith('debian:');
  if (debian) check_debian_name(kernel);
  if (debian && modules !== null) throw new CallError(`--modules is for a kernel of your own: ${kernel} has its own`);
  const own = debian ? null : { image: image_of(kernel), modules: modules === null ? null : folder_of(modules) };
  // What is wrong with the call is said before what the machine lacks.
  check_qemu();
  const files = own ?? (await debian_kernel(kernel, cache, (line) => terminal.err(line), terminal.signal, terminal));
  const agent = await build_agent(cache, terminal.signal);
  terminal.progress('booting');
  const machine = await boot({ ...files, params, agent, giant: call.flag('giant') }, terminal.now, terminal.signal);
  terminal.progress('');
  return machine;
}

function image_of(path: string): string {
  if (existsSync(path) && statSync(path).isFile()) return path;
  throw new CallError(`no kernel "${path}": neither a file nor one of ${DEBIAN_KERNELS.join(', ')}`);
}

function folder_of(path: string): string {
  if (existsSync(join(path, 'kernel'))) return path;
  throw new CallError(`--modules ${path} is no folder of modules: lib/modules/VERSION, with a folder kernel in it`);
}
