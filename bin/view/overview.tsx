/** What ran and what came of it; and one counterexample of a report. */
import { useMemo } from 'preact/hooks';
import type { Heat, Line, Report, Shown, Spread } from './data';
import { link_to } from './route';
import { parse_text, purposes, run_program, variant_named } from './run';
import { Timeline } from './timeline';

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

function Lines({ lines, shown }: { lines: readonly Line[]; shown: readonly Shown[] }) {
  const link = (variant: string, property: string) => {
    const at = shown.findIndex((one) => one.variant === variant && one.properties.includes(property));
    return at < 0 ? property : <a href={`#counterexample=${at + 1}`}>{property}</a>;
  };
  const list = (variant: string, properties: readonly string[]) =>
    properties.map((property, i) => [i > 0 ? ', ' : '', link(variant, property)]);
  return (
    <section class="card scroll" tabindex={0} aria-label="Verdicts">
      <table>
        <thead>
          <tr>
            <th scope="col">variant</th>
            <th scope="col">verdict</th>
            <th scope="col">new</th>
            <th scope="col">known</th>
            <th scope="col" class="number">
              programs
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ variant, kind, as_expected, known, new: fresh, missing, programs }) => (
            <tr key={variant}>
              <th scope="row">
                {variant} <span class="soft">{kind}</span>
              </th>
              <td class={as_expected ? 'good' : 'bad'}>{as_expected ? '✓ as expected' : '✗ NOT as expected'}</td>
              <td>
                {list(variant, fresh)}
                {missing.length > 0 && ` expected and not seen: ${missing.join(', ')}`}
              </td>
              <td>{list(variant, known)}</td>
              <td class="number">{programs}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function HeatMap({ heat }: { heat: Heat }) {
  const worst = Math.max(1, ...heat.cells.flat().map((n) => n ?? 0));
  const shade = (n: number) =>
    `color-mix(in srgb, var(--accent) ${Math.round(45 - (35 * Math.log(n)) / Math.log(worst + 1))}%, var(--card))`;
  return (
    <>
      <h2>Which property catches which variant</h2>
      <p class="soft">Programs until it is caught, the median over the seeds: the darker, the sooner. A dot: never.</p>
      <section class="card scroll" tabindex={0} aria-label="Kill matrix">
        <table class="heat">
          <thead>
            <tr>
              <td />
              {heat.variants.map((variant) => (
                <th key={variant} scope="col">
                  {variant}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {heat.properties.map((property, row) => (
              <tr key={property}>
                <th scope="row">{property}</th>
                {heat.variants.map((variant, column) => {
                  const n = heat.cells[row]?.[column] ?? null;
                  return (
                    <td key={variant} style={n === null ? undefined : { background: shade(n) }}>
                      {n ?? '·'}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

/** In fewer programs than this share of them a command is too seldom to be tried in combinations. */
const SELDOM = 0.05;

function SpreadTable({ spread }: { spread: Spread }) {
  const most = Math.max(1, ...spread.commands.map(({ programs }) => programs));
  return (
    <>
      <h2>How the random programs are spread</h2>
      <p class="soft">
        In how many of {spread.programs} programs each command is; fewer than {SELDOM * 100} % are marked.
      </p>
      <section class="card scroll" tabindex={0} aria-label="Spread of commands">
        <table>
          <tbody>
            {spread.commands.map(({ name, programs, times }) => (
              <tr key={name}>
                <th scope="row" class="mono">
                  {name}
                </th>
                <td>
                  <span class="stripe" style={{ width: `${(180 * programs) / most}px` }} />
                </td>
                <td class="number">{programs} programs</td>
                <td class="number">{times} times</td>
                <td>{programs < spread.programs * SELDOM && <strong class="bad">seldom</strong>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

export function Overview({ report }: { report: Report }) {
  const { call, lines, shown, notes, heat, spread } = report;
  const wrong = lines.filter(({ as_expected }) => !as_expected);
  const fresh = lines.reduce((n, line) => n + line.new.length, 0);
  const known = lines.reduce((n, line) => n + line.known.length, 0);
  const programs = lines.reduce((n, line) => n + line.programs, 0);
  return (
    <>
      <h1 class={wrong.length > 0 ? 'bad' : 'good'}>
        {wrong.length > 0 ? `✗ ${counted(wrong.length, 'variant')} not as expected` : '✓ Everything as expected'}
      </h1>
      <p>
        <code>{call}</code>
      </p>
      <p>
        {counted(lines.length, 'variant')}, {counted(programs, 'program')}: {counted(fresh, 'new violation')}, {known}{' '}
        known.
      </p>
      {notes.map((note) => (
        <p class="soft" key={note}>
          {note}
        </p>
      ))}
      {lines.length > 0 && <Lines {...{ lines, shown }} />}
      {shown.length > 0 && (
        <>
          <h2>Counterexamples</h2>
          <ul>
            {shown.map(({ title, known: is_known, program }, i) => (
              <li key={i}>
                <a href={`#counterexample=${i + 1}`}>{title}</a>{' '}
                <span class={is_known ? 'soft' : 'bad'}>
                  {is_known ? 'known' : 'new'}, {counted(program.length, 'command')}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
      {heat && <HeatMap heat={heat} />}
      {spread && <SpreadTable spread={spread} />}
    </>
  );
}

/** A counterexample of a report: run in the page, where it can be. */
export function Counterexample({ shown, number, of }: { shown: Shown; number: number; of: number }) {
  const text = shown.program.join('\n');
  const [run, without] = useMemo(() => {
    const variant = variant_named(shown.variant);
    const { program, wrong } = parse_text(text);
    if (shown.run || !variant || wrong.length > 0) return [shown.run, shown.without];
    const [property] = shown.properties;
    const why = property !== undefined && program.length <= 20 ? purposes(variant, program, property) : [];
    return [run_program(variant, program), why];
  }, [shown, text]);
  return (
    <>
      <h1>{shown.title}</h1>
      <p class="soft">
        Counterexample {number} of {of}, {shown.known ? 'known' : 'new'}.{' '}
        {shown.proven &&
          (shown.proven.certified ? `Proven: ${shown.proven.text}.` : `Not proven minimal: ${shown.proven.text}.`)}{' '}
        {variant_named(shown.variant) && (
          <a href={link_to({ program: text, variant: shown.variant })}>Open in the playground</a>
        )}
      </p>
      <h2>Step by step</h2>
      {run ? <Timeline run={run} without={without} /> : <pre class="card">{text}</pre>}
      <p class="controls">
        {number > 1 && <a href={`#counterexample=${number - 1}`}>Previous counterexample</a>}
        {number < of && <a href={`#counterexample=${number + 1}`}>Next counterexample</a>}
      </p>
    </>
  );
}
