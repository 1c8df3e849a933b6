/** A test as a mail that `git am` takes: two new files, and what is to be said of them. */

import { type Library, test_makefile } from './library';
import { filled } from './parts/text';
import { makefile_lines, place_of } from './wrapper';

const COLUMNS = 72;

/**
 * The mail. Who sends it puts in name and address. The lines of the Makefile are told and not part of the patch, because
 * where they belong is different in each tree.
 */
export function patch_text(
  { name, title, about, text, script }: { name: string; title: string; about: string; text: string; script: string },
  library: Library,
): string {
  const place = place_of(name, library);
  const lines = makefile_lines(name, library);
  return [
    'From: NAME <ADDRESS>',
    `Subject: [PATCH] KVM: selftests: Add ${name}`,
    '',
    filled(`${title}. ${about}`, COLUMNS),
    '',
    filled(
      'The test runs one program: accesses of a guest (and of a nested guest, if the program has one), passes of the recovery worker, and what userspace does to memslots. After each command, it compares nx_lpage_splits, pages_2m, and whether a pass flushed.',
      COLUMNS,
    ),
    '',
    'Signed-off-by: NAME <ADDRESS>',
    '---',
    `Also needed in ${test_makefile(library)}:`,
    '',
    ...lines.map((line) => `  ${line}`),
    '',
    new_file(place, '100644', text),
    new_file(place.replace(/[.]c$/, '.sh'), '100755', script),
    '',
  ].join('\n');
}

function new_file(path: string, mode: string, text: string): string {
  const lines = text.trimEnd().split('\n');
  return [
    `diff --git a/${path} b/${path}`,
    `new file mode ${mode}`,
    '--- /dev/null',
    `+++ b/${path}`,
    `@@ -0,0 +1,${lines.length} @@`,
    ...lines.map((line) => `+${line}`),
  ].join('\n');
}
