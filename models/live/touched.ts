/** The functions of the kernel of which somebody wants to know whether programs reach them. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { CallError } from '../../harness/errors';

/** As many as the agent watches, and as long as names may be. */
const AT_MOST = 64;
const NAME = /^[A-Za-z_]\w{0,62}$/;

/**
 * The names in `FUNC,FUNC`, or those that a patch's hunks stand in. Throws a CallError for what is no name, for a patch without any,
 * and for more than can be watched.
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
    // A macro's name is in capitals, and is no function's.
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
