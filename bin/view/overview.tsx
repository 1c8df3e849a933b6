/** What ran and what came of it; and one counterexample of a report. */
import { useMemo } from 'preact/hooks';
import { counted } from '../../harness/counted';
import type { DataTable, Heat, Line, Report, Shown, Spread } from './data';
import { link_to } from './route';
import { parse_text, purposes, run_program, variant_named } from './run';
import { Timeline } from './timeline';

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
              <td class={`verdict-cell ${as_expected ? 'good' : 'bad'}`}>
                {as_expected ? '✓ as expected' : '✗ NOT as expected'}
              </td>
              <td>
                {list(variant, fresh)}
                {missing.length > 0 && ` expected and not seen: ${missing.join(', ')}`}
              </td>
              <td>{list(variant, known)}</td>
              <td class="number">{programs ?? ''}</td>
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
      <p class="soft">
        Programs until it is caught: the darker, the sooner. A dot: never. What never breaks, and what breaks nothing,
        is left out. {heat.from}
      </p>
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

function SpreadTable({ spread }: { spread: Spread }) {
  const { title, note, programs: all, least, shares } = spread;
  const most = Math.max(1, ...shares.map(({ programs }) => programs));
  const seldom = shares.filter(({ programs }) => programs < all * least).length;
  return (
    <details class="card" open={seldom > 0}>
      <summary>
        <h3>{title}</h3>
        {seldom > 0 ? <strong class="bad">{seldom} too seldom</strong> : <span class="good">none too seldom</span>}
      </summary>
      <p class="soft">
        {note} Marked is what is in fewer than {least * 100} % of them.
      </p>
      <section class="scroll" tabindex={0} aria-label={title}>
        <table>
          <tbody>
            {shares.map(({ name, programs }) => (
              <tr key={name}>
                <th scope="row" class="mono">
                  {name}
                </th>
                <td>
                  <span class="stripe" style={{ width: `${(180 * programs) / most}px` }} />
                </td>
                <td class="number">{programs}</td>
                <td>{programs < all * least && <strong class="bad">too seldom</strong>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}

function AnyTable({ table: { title, note, columns, rows } }: { table: DataTable }) {
  return (
    <>
      <h2>{title}</h2>
      {note && <p class="soft">{note}</p>}
      <section class="card scroll" tabindex={0} aria-label={title}>
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, i) => (
              <tr key={i}>
                {row.map((cell, nth) => (
                  <td key={columns[nth]}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

/** What the exit code says. */
function Verdict({ code, wrong }: { code: number; wrong: number }) {
  if (code === 0) return <h1 class="good">✓ Everything as expected</h1>;
  if (code !== 1) return <h1 class="bad">✗ Not finished (exit code {code})</h1>;
  return <h1 class="bad">✗ {wrong > 0 ? `${counted(wrong, 'implementation')} not as expected` : 'Not as expected'}</h1>;
}

export function Overview({ report }: { report: Report }) {
  const { call, code, lines, shown, notes, heat, spread, tables } = report;
  const wrong = lines.filter(({ as_expected }) => !as_expected);
  const fresh = lines.reduce((n, line) => n + line.new.length, 0);
  const known = lines.reduce((n, line) => n + line.known.length, 0);
  const programs = lines.reduce((n, line) => n + (line.programs ?? 0), 0);
  return (
    <>
      <Verdict code={code} wrong={wrong.length} />
      <p>
        <code>{call}</code>
      </p>
      {lines.length > 0 && (
        <p>
          {counted(lines.length, 'variant')}
          {programs > 0 && `, ${counted(programs, 'program')}`}:{' '}
          <strong class={fresh > 0 ? 'bad' : 'good'}>{counted(fresh, 'new violation')}</strong>,{' '}
          {counted(known, 'known violation')}, {counted(shown.length, 'counterexample')}.
        </p>
      )}
      {notes.map((note) => (
        <p class="soft" key={note}>
          {note}
        </p>
      ))}
      <Listed title="New counterexamples" shown={shown} known={false} />
      {lines.length > 0 && (
        <>
          <h2>Verdicts</h2>
          <Lines {...{ lines, shown }} />
        </>
      )}
      {tables.map((table) => (
        <AnyTable key={table.title} table={table} />
      ))}
      {heat && <HeatMap heat={heat} />}
      {spread.length > 0 && <h2>How the random programs are spread</h2>}
      {spread.map((one) => (
        <SpreadTable key={one.title} spread={one} />
      ))}
      <Listed title="Known counterexamples" shown={shown} known={true} />
    </>
  );
}

/** The counterexamples that are known, or those that are not. */
function Listed({ title, shown, known }: { title: string; shown: readonly Shown[]; known: boolean }) {
  const some = shown.map((one, i) => ({ ...one, at: i + 1 })).filter((one) => (one.known !== null) === known);
  if (some.length === 0) return null;
  return (
    <>
      <h2>{title}</h2>
      <ul>
        {some.map(({ title: name, program, at }) => (
          <li key={at}>
            <a href={`#counterexample=${at}`}>{name}</a>{' '}
            <span class={known ? 'soft' : 'bad'}>
              {known ? 'known' : 'new'}, {counted(program.length, 'command')}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** What happens without each command, as it stands below it. */
const without_it = ({ without }: Shown) => without.map((text) => text && `without it: ${text}`);

/** A counterexample of a report: run in the page, where it can be. */
export function Counterexample({ shown, number, of }: { shown: Shown; number: number; of: number }) {
  const text = shown.program.join('\n');
  const [run, without] = useMemo(() => {
    const variant = variant_named(shown.variant);
    const { program, wrong } = parse_text(text, shown.world);
    if (shown.run || !variant || wrong.length > 0) return [shown.run, without_it(shown)];
    const [property] = shown.properties;
    const ask = property !== undefined && shown.kernel === null && program.length <= 20;
    const ran = run_program(variant, program, shown.world);
    const told = shown.kernel ? { ...ran, broken: shown.kernel.broken } : ran;
    return [told, ask ? purposes(variant, program, property) : without_it(shown)];
  }, [shown, text]);
  return (
    <>
      <h1>{shown.title}</h1>
      <p class="soft">
        Counterexample {number} of {of}, {shown.known === null ? 'new' : `known: ${shown.known}`}.{' '}
        {shown.proven &&
          (shown.proven.certified ? `Proven: ${shown.proven.text}.` : `Not proven minimal: ${shown.proven.text}.`)}{' '}
        {variant_named(shown.variant) && shown.world === 'small' && (
          <a href={link_to({ program: text, variant: shown.variant })}>Open in the playground</a>
        )}
      </p>
      <p class="soft">
        To run it again:{' '}
        {shown.again !== null ? (
          <>
            <code>{shown.again}</code>
            {shown.kernel &&
              ' runs the whole case; this program alone: its commands in FILE, one a line, and --program FILE'}
          </>
        ) : (
          <>
            its commands in FILE, one a line, and{' '}
            <code>
              {shown.kernel
                ? 'npm start -- live --kernel … --program FILE'
                : `npm start -- replay FILE ${shown.run ? '--implementation …' : `--variant ${shown.variant}`}`}
            </code>
          </>
        )}
      </p>
      <h2>Step by step</h2>
      {run ? <Timeline run={run} without={without} kernel={shown.kernel} /> : <pre class="card">{text}</pre>}
      <p class="controls">
        {number > 1 && <a href={`#counterexample=${number - 1}`}>Previous counterexample</a>}
        {number < of && <a href={`#counterexample=${number + 1}`}>Next counterexample</a>}
      </p>
    </>
  );
}
