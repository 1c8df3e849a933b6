/** Where in the user's own code an error was thrown: in the lines that were written, not in those they were translated to. */
import { SourceMap } from 'node:module';
import { basename } from 'node:path';

const maps = new Map<string, SourceMap>();

/** Translated code, with its source map at its end, that is about to be loaded under this path. */
export function note_user_code(path: string, code: string): void {
  const [, map] = /\/\/# sourceMappingURL=data:application\/json;base64,(\S+)\s*$/.exec(code) ?? [];
  if (map) maps.set(path, new SourceMap(JSON.parse(Buffer.from(map, 'base64').toString())));
}

/** `my-patch.ts:12`, the innermost line of the user's own that an error came through; null if there is none. */
export function place_in_user_code({ stack }: Pick<Error, 'stack'>): string | null {
  if (maps.size === 0) return null;
  for (const frame of (stack ?? '').split('\n')) {
    for (const [path, map] of maps) {
      const [, after] = frame.split(`${path}:`);
      const [, line, column] = /^(\d+):(\d+)/.exec(after ?? '') ?? [];
      const found = line && column ? map.findEntry(Number(line) - 1, Number(column) - 1) : null;
      if (found && 'originalLine' in found) return `${basename(path)}:${Number(found.originalLine) + 1}`;
    }
  }
  return null;
}
