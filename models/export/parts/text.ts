/** The beginning of a test. */
import { wrapped } from '../../../harness/wrap';
import type { Needs } from './part';

/** A comment of paragraphs, in lines of at most 76 columns. */
export function comment(paragraphs: readonly string[]): string {
  const lines = paragraphs
    .map((text) => filled(text, 72))
    .join('\n\n')
    .split('\n');
  return `/*\n${lines.map((line) => ` * ${line}`.trimEnd()).join('\n')}\n */\n`;
}

/** Prose in lines of at most so many columns, however it was broken before. */
export const filled = (text: string, columns: number): string =>
  wrapped(text.replaceAll(/\s+/g, ' ').trim(), columns).join('\n');

/** What the test includes: test_util.h first of the library, because the others need it. */
export function include_lines(needs: Needs): string {
  const passes = needs.has('recover') || needs.has('clock');
  const of_system = [
    ...(passes ? ['dirent.h'] : []),
    'fcntl.h',
    'stdlib.h',
    'sys/mman.h',
    ...(passes ? ['time.h'] : []),
  ];
  const of_library = [
    'test_util.h',
    'kvm_util.h',
    'processor.h',
    ...(needs.has('nested') ? ['svm_util.h', 'vmx.h'] : []),
  ];
  return `${of_system.map((name) => `#include <${name}>\n`).join('')}\n${of_library.map((name) => `#include "${name}"\n`).join('')}\n`;
}
