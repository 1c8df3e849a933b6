/**
 * The state of a virtual machine after its boot, saved once and restored as often as needed. Its memory is a file that
 * each machine maps privately (no other machine sees what it writes); the state of its devices is another file.
 */
import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { again, nameless_memory } from './nameless';
import type { Vm } from './qemu';
import type { Monitor } from './qmp';

/** Files without a name. They stay open as long as machines may start from them. */
export interface Snapshot {
  readonly memory: number;
  readonly devices: number;
}

/** Time limit, in milliseconds, for writing or reading the state of the devices. */
const AT_MOST = 20_000;
/** Milliseconds between two checks of the progress. */
const GLANCE = 5;

/** Memory that is in the file is not saved a second time. Both sides must be told. */
const SHARED = { capabilities: [{ capability: 'x-ignore-shared', state: true }] };

/** Creates the files for a snapshot of a machine with this much memory; null if there is no room. */
export function make_room(megabytes: number): Snapshot | null {
  const memory = nameless_memory(megabytes << 20);
  if (memory === null) return null;
  const devices = nameless_memory(0);
  if (devices !== null) return { memory, devices };
  closeSync(memory);
  return null;
}

export function forget({ memory, devices }: Snapshot): void {
  closeSync(memory);
  closeSync(devices);
}

/** Stops a machine whose memory is in the file, and saves its state. Throws an Error with the reason if QEMU cannot. */
export async function keep_state({ monitor }: Vm, { devices }: Snapshot): Promise<void> {
  const qmp = await monitor();
  await qmp.ask('migrate-set-capabilities', SHARED);
  // Through a shell: QEMU accepts an open file for writing only through a socket, which Node cannot do.
  await qmp.ask('migrate', { uri: `exec:cat > /proc/${process.pid}/fd/${devices}` });
  await completed(qmp);
}

/** Resumes a machine that waits for it from a saved state. Throws an Error with the reason if QEMU cannot. */
export async function go_on({ monitor }: Vm): Promise<void> {
  const qmp = await monitor();
  await qmp.ask('migrate-set-capabilities', SHARED);
  await qmp.ask('migrate-incoming', { uri: `fd:${DEVICES_FD}` });
  await completed(qmp);
}

/** The file descriptor under which a machine that starts from a snapshot finds the state of its devices. */
export const DEVICES_FD = 7;

/** The state of the devices, opened at its beginning. The caller closes it. */
export const devices_of = ({ devices }: Snapshot): number => again(devices);

const STATUS = z.object({ status: z.string().optional(), 'error-desc': z.string().optional() });

async function completed(qmp: Monitor): Promise<void> {
  for (let waited = 0; waited < AT_MOST; waited += GLANCE) {
    const { status = 'none', 'error-desc': why } = STATUS.parse(await qmp.ask('query-migrate'));
    if (status === 'completed') return;
    if (status === 'failed' || status === 'cancelled') throw new Error(why ?? `QEMU's migration has ${status}`);
    await sleep(GLANCE);
  }
  throw new Error(`QEMU's migration takes more than ${AT_MOST / 1000} s`);
}
