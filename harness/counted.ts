/** `1 program`, `2 programs`, `2 properties`. */
export const counted = (n: number, what: string): string =>
  `${n} ${n === 1 ? what : what.endsWith('y') ? `${what.slice(0, -1)}ies` : `${what}s`}`;
