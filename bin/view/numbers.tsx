/** What userspace reads after a step: on a real kernel, on the model of it, and what the reference says. */
import type { Frame } from '../../models/lockstep/frames';
import type { KernelSeen } from './data';

const PAGES = ['4K', '2M', '1G'] as const;

interface Line {
  readonly name: string;
  readonly kernel: string;
  readonly model: string;
  readonly reference: string;
}

function lines_of(frame: Frame | undefined, kernel: KernelSeen, at: number): Line[] {
  const row = kernel.rows[at] ?? {};
  const splits = frame?.lists.map((list) => list.splits ?? 0).reduce((sum, n) => sum + n, 0);
  return [
    {
      name: 'nx_lpage_splits',
      kernel: row['nx_lpage_splits'] ?? '',
      model: frame?.stat ?? '',
      reference: frame?.comparable ? String(splits) : '?',
    },
    ...PAGES.map((size, i) => ({
      name: `pages of ${size}`,
      kernel: row[size] ?? '',
      model: String(frame?.pages.implementation[i] ?? ''),
      reference: frame?.comparable ? String(frame.pages.reference[i] ?? '') : '?',
    })),
  ];
}

/** `model`: the name of the variant. */
export function KernelNumbers(props: { kernel: KernelSeen; model: string; frame: Frame | undefined; at: number }) {
  const { kernel, model, frame, at } = props;
  const says = kernel.rows[at]?.['reference says'] ?? '';
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
              reference
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
        ≠ the kernel is not as the reference says. Told of the passes that the kernel really made, the reference says
        {` ${says || 'nothing'}`} (splits: pages of 4K/2M/1G).
      </p>
    </section>
  );
}
