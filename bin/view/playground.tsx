/** A program to write: it runs on the chosen variant with every key that is pressed. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { COMMANDS } from '../../models/catalogue/catalogue';
import { link_to } from './route';
import { parse_text, purposes, run_program, variant_named, variant_names, verdict_text, type Wrong } from './run';
import { Timeline } from './timeline';

const FIRST = 'guest_exec mmu=tdp page=0 offset=0\nrecover ratio=1';
const FIRST_VARIANT = 'V1';

function WrongLines({ text, wrong }: { text: string; wrong: readonly Wrong[] }) {
  const lines = text.split('\n');
  return (
    <div class="card breach wrong" role="alert" id="wrong">
      {wrong.map(({ line, from, to, message }) => {
        const whole = lines[line] ?? '';
        return (
          <div key={line}>
            <strong class="bad">
              line {line + 1}, letter {from + 1}
            </strong>
            <pre>
              {whole.slice(0, from)}
              <mark>{whole.slice(from, to)}</mark>
              {whole.slice(to)}
            </pre>
            <p>{message}</p>
          </div>
        );
      })}
    </div>
  );
}

/** Programs of more commands are run, but what each command is for is not asked. */
const PURPOSES_AT_MOST = 20;

export function Playground({ program, variant }: { program: string | null; variant: string | null }) {
  const [text, write] = useState(program ?? FIRST);
  const [name, choose] = useState(variant ?? FIRST_VARIANT);
  useEffect(() => {
    if (program !== null) write(program);
    if (variant !== null) choose(variant);
  }, [program, variant]);
  const chosen = variant_named(name);
  const parsed = useMemo(() => parse_text(text), [text]);
  const run = useMemo(
    () =>
      chosen && parsed.wrong.length === 0 && parsed.program.length > 0 ? run_program(chosen, parsed.program) : null,
    [chosen, parsed],
  );
  const [first] = run?.broken ?? [];
  const without = useMemo(
    () =>
      chosen && first && parsed.program.length <= PURPOSES_AT_MOST
        ? purposes(chosen, parsed.program, first.property)
        : [],
    [chosen, parsed, first?.property],
  );
  const broken = run ? verdict_text(run.broken) : '';
  return (
    <>
      <h1>Playground</h1>
      <p class="soft">Edit the program, choose a variant, and see which claims break. Everything runs in this page.</p>
      <div class="side">
        <div>
          <label for="variant">Variant</label>
          <select id="variant" value={name} onChange={({ currentTarget }) => choose(currentTarget.value)}>
            {!chosen && <option value={name}>{name}</option>}
            {variant_names().map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </div>
        <p class="soft">
          {chosen ? (chosen.title ?? chosen.source) : `There is no variant "${name}".`}{' '}
          <a href={link_to({ program: text, variant: name })}>Link to this program</a>
        </p>
      </div>
      <h2>
        <label for="program">Program, one command a line</label>
      </h2>
      <textarea
        id="program"
        spellcheck={false}
        rows={Math.min(20, Math.max(4, text.split('\n').length + 1))}
        value={text}
        aria-invalid={parsed.wrong.length > 0}
        aria-describedby={parsed.wrong.length > 0 ? 'wrong' : 'verdict'}
        onInput={({ currentTarget }) => write(currentTarget.value)}
      />
      {parsed.wrong.length > 0 && <WrongLines text={text} wrong={parsed.wrong} />}
      <p
        id="verdict"
        role="status"
        class={`verdict ${run ? (broken ? 'bad' : 'good') : 'soft'}`}
        data-verdict={run ? broken : 'none'}
      >
        {run
          ? broken
            ? `✗ ${run.variant} breaks ${broken}`
            : `✓ ${run.variant} breaks nothing`
          : parsed.wrong.length > 0
            ? 'This is not a program yet.'
            : 'No command yet: nothing is run.'}
      </p>
      {run && (
        <>
          <h2>Step by step</h2>
          <Timeline run={run} without={without} />
        </>
      )}
      <details class="card">
        <summary>Commands and their arguments</summary>
        <dl class="facts">
          {[...COMMANDS.values()].map(({ name: command, doc, args }) => [
            <dt key={`t${command}`} class="mono">
              {command}
            </dt>,
            <dd key={`d${command}`}>
              {doc} <span class="soft">{Object.keys(args).join(', ')}</span>
            </dd>,
          ])}
        </dl>
      </details>
    </>
  );
}
