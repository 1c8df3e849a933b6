import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite_with } from '../../bin/kvm/suite';
import { canonical_texts, parse_program, program_texts } from '../../harness/program/text';
import { read_regression } from '../../harness/regression/regression';
import { compile_implementation, load_implementation } from '../implementation';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'former-names-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test('an implementation in former names is one', () => {
  const text = `
    import { list, lock, nx_huge_pages, variant, type NxBook } from 'kvm-nx-harness';
    export default variant({
      base: 'patch-v1-mended',
      source: 'a test',
      expect: { violates: ['booked-under-its-own-type'] },
      kernel: {
        books: ['lpage_disallowed_mmu_pages', 'tdp_mmu_lpage_disallowed_pages'],
        init_book: (head) => list.INIT_LIST_HEAD(head),
        track_possible_nx_huge_page(kvm, sp, type) {
          lock.assert_books_locked(kvm, sp.tdp_mmu_page);
          const first: NxBook | undefined = kvm.books[0];
          if (first === undefined) throw new Error('no list');
          nx_huge_pages.book_of(kvm, type);
          nx_huge_pages.add_to_book(kvm, sp, 0);
        },
      },
    });`;
  const own = load_implementation(compile_implementation(file('old.ts', text)));
  expect(own).toMatchObject({ base: 'patch-v1-fixed', violates: ['accounted-under-its-own-type'] });
  expect(Object.keys(own.kernel).sort()).toEqual(['init_list', 'lists', 'track_possible_nx_huge_page']);
});

test('a fixture in former names is read in those of today', () => {
  const fixture = {
    program: ['guest_exec mmu=tdp page=0 offset=0'],
    violates: { 'patch-v1-mended': 'booking-is-idempotent' },
    holds: { conforming: true, except: { 'patch-v1-mended': 'a test' }, also: ['linux-7.3-b30-mended'] },
    postmortem: 'A test.',
  };
  const read = read_regression(suite_with(null), file('old.json', JSON.stringify(fixture)));
  expect(read.violates).toEqual({ 'patch-v1-fixed': 'accounting-is-idempotent' });
  expect(read.holds).toContain('linux-7.3-b30-fixed');
  expect(read.holds).not.toContain('patch-v1-fixed');
});

test('a command in its first name is read, and printed by its name of today; digests do not change', () => {
  const { commands, bounds } = suite_with(null);
  const program = parse_program(commands, bounds, ['clear_dirty mmu=shadow page=1']);
  expect(program_texts(commands, program)).toEqual(['clear_gpte_dirty mmu=shadow page=1']);
  expect(canonical_texts(commands, program)).toEqual(['clear_dirty mmu=shadow page=1']);
});
