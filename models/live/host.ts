/** This host's own KVM: the agent runs as root. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { CallError } from '../../harness/errors';
import { type Machine, type Running, talk_to } from './machine';

/** Throws a CallError without root or /dev/kvm. The agent restores KVM's parameters when its input ends. */
export function host(agent: string, now: () => number, stop: AbortSignal): Promise<Machine> {
  if (!existsSync('/dev/kvm'))
    throw new CallError('--target host: no /dev/kvm here (kvm_amd or kvm_intel not loaded?)');
  if (process.geteuid?.() !== 0) throw new CallError("--target host: only root can set KVM's parameters");
  return talk_to(() => start(agent, now), now, stop, { fresh: { kind: 'anew', why: 'a process on this host' } });
}

function start(agent: string, now: () => number): Running {
  // A process group of its own, so that Ctrl-C in the terminal only reaches this process, which passes it on.
  const child = spawn(agent, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  const ended = new Promise<void>((resolve) => {
    child.on('exit', () => resolve());
    child.on('error', () => resolve());
  });
  child.stdin.on('error', () => {});
  return {
    input: child.stdin,
    output: child.stdout,
    ended,
    console: () => '',
    clock: now,
    stop: () => {
      child.stdin.end();
      setTimeout(() => child.kill('SIGTERM'), GRACE).unref();
    },
  };
}

/** Milliseconds in which an agent that is asked to end may finish its current work. */
const GRACE = 2000;
