/** What userspace reads after a step: on a real kernel, on the model of it, and what the reference says. */
import type { Frame } from '../../models/lockstep/frames';
import type { KernelSeen, Numbers } from './data';

const PAGES = ['4K', '2M', '1G'] as const;

interface Line {
  readonly name: string;
  readonly kernel: string;
  readonly model: string;
  readonly reference: string;
}

/** What the reference says beside the kernel, told of what the kernel did: `splits: 4K/2M/1G`. Null once they have diverged. */
function reference_of(row: Numbers): readonly string[] | null {
  const [, ...numbers] = /^(\d+): (\d+)\/(\d+)\/(\d+)$/.exec(row['reference says'] ?? '') ?? [];
  return numbers.length > 0 ? numbers : null;
}

function lines_of(frame: Frame | undefined, kernel: KernelSeen, at: number): Line[] {
  const row = kernel.rows[at] ?? {};
  const reference = reference_of(row);
  const names = ['nx_lpage_splits', ...PAGES.map((size) => `pages of ${size}`)];
  const model = frame ? [frame.stat, ...frame.pages.implementation.map(String)] : [];
  return names.map((name, i) => ({
    name,
    kernel: row[i === 0 ? name : (PAGES[i - 1] ?? '')] ?? '',
    model: model[i] ?? '',
    reference: reference?.[i] ?? '?',
  }));
}

/** `model`: the name of the variant. */
export function KernelNumbers(props: { kernel: KernelSeen; model: string; frame: Frame | undefined; at: number }) {
  const { kernel, model, frame, at } = props;
  const { 'reference says': reference = '', 'kernel says': said = '' } = kernel.rows[at] ?? {};
  return (
    <section class="card scroll" tabindex={0} aria-label="Numbers on the kernel, the model and the reference">
      <h3>What userspace reads</h3>
      <table>
        <thead>
          <tr>
            <td />
            <th scope="col" class="number">
              kernel {kernel.name}
            </th>
            <th scope="col" class="number">
              implementation: {model}
            </th>
            <th scope="col" class="number">
              reference, told what the kernel's passes took
            </th>
          </tr>
        </thead>
        <tbody>
          {lines_of(frame, kernel, at).map(({ name, kernel: seen, model: is, reference }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class={`number${seen !== reference && reference !== '?' ? ' bad' : ''}`}>
                {seen}
                {seen !== reference && reference !== '?' && ' ≠'}
              </td>
              <td class="number">{is}</td>
              <td class="number">{reference}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="soft">
        ≠ the kernel is not as the reference says. It is told here which pages the kernel's passes took, and below which
        the model's took: where a kernel is not as its model, the two differ.
        {reference_of(kernel.rows[at] ?? {}) === null && reference !== '' && ` The reference: ${reference}.`}
        {said !== '' && ` The kernel says: ${said}.`}
      </p>
    </section>
  );
}
