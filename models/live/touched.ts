/** The kernel functions for which a user asks whether programs reach them. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { CallError } from '../../harness/errors';

/** The limits of the agent: how many functions it can watch, and how long their names may be. */
const AT_MOST = 64;
const NAME = /^[A-Za-z_]\w{0,62}$/;

/**
 * The names in `FUNC,FUNC`, or the functions that contain the hunks of a patch. Throws a CallError for an invalid name,
 * for a patch that names no function, and for more functions than can be watched.
 */
export function functions_of(text: string): string[] {
  const patch = /\.(patch|diff)$/.test(text) || (existsSync(text) && statSync(text).isFile());
  const names = [...new Set(patch ? functions_in(read(text)) : text.split(','))];
  if (names.length === 0) throw new CallError(`--touched ${text}: no hunk of it says which function it stands in`);
  const bad = names.find((name) => !NAME.test(name));
  if (bad !== undefined)
    throw new CallError(`--touched ${text}: "${bad}" is no function's name, and ${text} no file of a patch`);
  if (names.length > AT_MOST) throw new CallError(`--touched ${text}: ${names.length} functions, ${AT_MOST} at most`);
  return names;
}

/** The functions in the headers of hunks: `@@ -1,2 +3,4 @@ static bool name(struct kvm *kvm)`. */
export function functions_in(patch: string): string[] {
  const headers = [...patch.matchAll(/^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@ (.*)$/gm)];
  return headers.flatMap(([, header = '']) => {
    // A name in capitals is a macro's, not a function's.
    const [, name = ''] = /(?:^|[\s*])([A-Za-z_]\w*)\s*\(/.exec(header) ?? [];
    return name === '' || /^(#|struct\b.*\{|[A-Z_0-9]+\()/.test(header) ? [] : [name];
  });
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CallError(`--touched: cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}
