import { new_pace } from './pace';

let now = 0;
const clock = () => now;
beforeEach(() => {
  now = 0;
});

test('work goes on at the pace that it has had', () => {
  const pace = new_pace(clock);
  expect(pace('search', 0, 100)).toBe('');
  now = 10_000;
  expect(pace('search', 25, 100)).toBe('about 30 s');
  now = 20_000;
  expect(pace('search', 100, 100)).toBe('about 0 s');
});

test('each phase has its own pace, which begins with what was done before it', () => {
  const pace = new_pace(clock);
  pace('search', 0, 10);
  now = 5000;
  expect(pace('proofs', 4, 10)).toBe('');
  now = 65_000;
  expect(pace('proofs', 5, 10)).toBe('about 5 min');
});

test('what ends at a moment takes no longer, and hours are told as hours', () => {
  const pace = new_pace(clock, 4 * 3_600_000);
  expect(pace('search', 0, 1e9)).toBe('about 4 h');
  now = 3 * 3_600_000 + 3_500_000;
  expect(pace('search', 1, 1e9)).toBe('about 100 s');
});

test('what was slow at first is not taken for the pace of the rest', () => {
  const pace = new_pace(clock);
  for (const [at, done] of [
    [0, 0],
    [10_000, 10],
    [12_000, 40],
    [20_000, 160],
  ] as const) {
    now = at;
    pace('search', done, 1000);
  }
  now = 24_000;
  expect(pace('search', 220, 1000)).toBe('about 52 s');
});
