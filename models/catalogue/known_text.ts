import { VARIANTS } from './catalogue';

/** What is known of a finding on a kernel: defects by their titles, or the regression. `known`: `B30`, `B30+B38`, or its name. */
export function known_text(known: string): string {
  const defects = known.split('+').flatMap((name) => VARIANTS.get(name) ?? []);
  const titles = defects.map(({ name, title, since }) => `${name}: ${title ?? 'no title'} (since ${since ?? '?'})`);
  return titles.length > 0 ? titles.join('; ') : `regression ${known}`;
}
