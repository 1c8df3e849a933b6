/** Which shard a process does: what the call says, or the scheduler that has started it. */
import { CallError } from '../errors';
import { type Env, SCHEDULERS } from './schedulers';
import { is_share, SHARES_AT_MOST, type Share } from './share';

/** Reads `2/4`, or `auto`: then the environment of a scheduler says it. Throws a CallError if there is no such share. */
export function share_of(text: string, env: Env): Share {
  if (text === 'auto') return scheduled_share(env);
  const [, index = '', of = ''] = /^(\d{1,5})\/(\d{1,5})$/.exec(text) ?? [];
  const share = { index: Number(index) - 1, of: Number(of) };
  if (of !== '' && is_share(share)) return share;
  throw new CallError(`--shard ${text} is no shard: wanted I/N, with I from 1 to N, and N at most ${SHARES_AT_MOST}`);
}

function scheduled_share(env: Env): Share {
  const told = SCHEDULERS.filter(({ index }) => (env[index] ?? '') !== '');
  const [first, second] = told;
  if (!first) {
    const names = SCHEDULERS.map(({ name, index }) => `${name} (${index})`).join(', ');
    throw new CallError(`--shard auto: no scheduler says which shard this is; known: ${names}`);
  }
  if (second) {
    const names = told.map(({ name, index }) => `${name} (${index}=${env[index]})`).join(' and ');
    throw new CallError(`--shard auto: ${names} both say which shard this is; give it: --shard I/N`);
  }
  const said = first.variables.map((name) => `${name}=${env[name] ?? ''}`).join(' ');
  const missing = first.needs.find((name) => (env[name] ?? '') === '');
  if (missing !== undefined)
    throw new CallError(
      `--shard auto: ${first.name} says ${said}, and ${missing} is missing${missing === first.total ? ': the number of shards' : ''}`,
    );
  const bad = first.variables.find((name) => !/^\d{0,9}$/.test(env[name] ?? ''));
  const share = bad === undefined ? first.share((name) => Number(env[name] || Number.NaN)) : null;
  if (share && is_share(share)) return share;
  throw new CallError(`--shard auto: ${first.name} says ${said}: that is no shard of 1 to ${SHARES_AT_MOST}`);
}
