/**
 * The state of a virtual machine after its boot, kept once and started from as often as wanted: its memory in a file that each
 * machine maps for itself (what it writes, no other sees), the state of its devices in another.
 */
import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { again, nameless_memory } from './nameless';
import type { Vm } from './qemu';
import type { Monitor } from './qmp';

/** Files without a name: open for as long as machines may be started from them. */
export interface Snapshot {
  readonly memory: number;
  readonly devices: number;
}

/** Milliseconds that it may take to write the state of the devices, or to read it. */
const AT_MOST = 20_000;
/** Milliseconds between two looks at how far it is. */
const GLANCE = 5;

/** Memory that the file has is not written once more: both sides must know. */
const SHARED = { capabilities: [{ capability: 'x-ignore-shared', state: true }] };

/** Room for the snapshot of a machine with so much memory; null if there is none. */
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

/** Stops a machine whose memory is the file's, and keeps its state. Throws an Error with the reason if QEMU cannot. */
export async function keep_state({ monitor }: Vm, { devices }: Snapshot): Promise<void> {
  const qmp = await monitor();
  await qmp.ask('migrate-set-capabilities', SHARED);
  // By way of a shell, since QEMU can only be handed a file that it shall write by a socket, and Node cannot do that.
  await qmp.ask('migrate', { uri: `exec:cat > /proc/${process.pid}/fd/${devices}` });
  await completed(qmp);
}

/** Lets a machine that waits for it go on from a kept state. Throws an Error with the reason if QEMU cannot. */
export async function go_on({ monitor }: Vm): Promise<void> {
  const qmp = await monitor();
  await qmp.ask('migrate-set-capabilities', SHARED);
  await qmp.ask('migrate-incoming', { uri: `fd:${DEVICES_FD}` });
  await completed(qmp);
}

/** The number that a machine which is started from a snapshot finds the state of its devices under. */
export const DEVICES_FD = 7;

/** The state of the devices, from its beginning. Whoever asks closes it. */
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
