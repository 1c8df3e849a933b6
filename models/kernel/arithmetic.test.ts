import { known } from '../../harness/errors';
import { VARIANTS } from '../catalogue/catalogue';
import { period } from '../spec/parameters';
import { new_reference } from '../spec/reference';
import { recorded_world } from '../world/world';
import { guest_access } from './page_fault';
import { drain } from './scheduler';
import { EXEC } from './spte';
import { DIV_ROUND_UP, u64_text } from './u64';
import { begin_step, kvm_create_vm } from './vm';
import { recover_now } from './worker';

const variant = (name: string) => known('variant', name, VARIANTS);

describe('DIV_ROUND_UP in u64 arithmetic', () => {
  // s live shadow pages after k TDP recoveries, each of which took one off the shadow counter (B30), ratio 60.
  test.each([
    [10, 10, 0],
    [0, 60, 307445734561825860n],
    [10, 70, 307445734561825860n],
    [600, 60, 9],
  ])('s=%d k=%d: %s', (s, k, want) => {
    expect(DIV_ROUND_UP(s - k, 60)).toBe(want);
  });

  test('a counter below zero is close to 2^64', () => {
    expect(u64_text(-1)).toBe('18446744073709551615');
    expect(u64_text(7)).toBe('7');
  });
});

test.each([
  [1, [1, 1, 1, 1, 1, 1]],
  [4, [1, 6, 12, 20, 28, 38]],
  [60, [1, 10, 60, 175, 310, 477]],
  [3600, [1, 10, 60, 600, 4800, 14108]],
])('ratio %d: passes until the list is empty', (ratio, want) => {
  const passes = [1, 10, 60, 600, 6000, 100000].map((n) => {
    let count = 0;
    for (let left = n; left > 0; left -= Number(DIV_ROUND_UP(left, ratio))) count++;
    return count;
  });
  expect(passes).toEqual(want);
});

test.each([
  [1, 3600000],
  [2, 1800000],
  [7, 514285],
  [59, 61016],
  [60, 60000],
  [61, 59016],
  [3600, 1000],
  [7200, 1000],
])('ratio %d: a pass every %d ms', (ratio, ms) => {
  const { ops, contract } = variant('v6.18');
  const kvm = kvm_create_vm(ops, recorded_world(1));
  kvm.params.recovery_ratio = ratio;
  expect(ops.recovery_period(kvm)).toBe(ms);
  expect(period({ ...new_reference(contract, recorded_world(1)), ratio })).toBe(ms);
});

/** The number of pages that each pass takes: 600 TDP pages, each split again after every pass, at ratio 60. */
function takes(name: string, passes: number): number[] {
  const world = { ...recorded_world(600), fan_out: 8 };
  const kvm = kvm_create_vm(variant(name).ops, world);
  return Array.from({ length: passes }, () => {
    for (let page = 0; page < 600; page++) {
      const task = guest_access(kvm, 'tdp', page * 8, EXEC, 0);
      if (task) drain(kvm, task);
    }
    begin_step(kvm);
    drain(kvm, recover_now(kvm, 60));
    return kvm.record.passes[0]?.lists[1]?.taken.length ?? 0;
  });
}

test('B30: 600 pages at ratio 60 are taken 10, 11, 11, … 28, … 281 and in the end all at once, where 10 a pass was asked for', () => {
  const shipped = takes('linux-7.3', 281);
  expect(shipped.slice(0, 3)).toEqual([10, 11, 11]);
  expect([shipped[59], shipped[199], shipped[280]]).toEqual([28, 281, 600]);
  expect(takes('v6.18', 3)).toEqual([10, 10, 10]);
});
