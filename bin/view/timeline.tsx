/** A program to step through: what each command does to both sides, and which claim breaks where. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Frame } from '../../models/lockstep/frames';
import type { Broken, Run } from './data';
import { differences, Key, PageMap, places_of } from './map';
import { Lists } from './plot';

/** What is broken after step `at`, and when what is paused has ended (the last frame, behind the last command). */
const broken_at = (run: Run, at: number): Broken[] =>
  run.broken.filter(({ step, at_end }) => (at_end ? run.frames.length - 1 : step) === at);

function Breach({ broken, at, now }: { broken: readonly Broken[]; at: number; now: readonly Broken[] }) {
  const before = broken.filter((one) => !now.includes(one) && one.step < at);
  return (
    <div aria-live="polite">
      {now.map(({ property, claim, got, want }) => (
        <section class="card breach" key={property} aria-label={`Broken: ${property}`}>
          <strong class="bad">✗ breaks {property}</strong>
          <p>{claim}</p>
          <dl>
            <dt>got</dt>
            <dd class="mono">{got}</dd>
            <dt>want</dt>
            <dd class="mono">{want}</dd>
          </dl>
        </section>
      ))}
      {before.length > 0 && (
        <p class="soft">
          Broken before: {before.map(({ property, step }) => `${property} (command ${step + 1})`).join(', ')}
        </p>
      )}
    </div>
  );
}

function Paused({ frame }: { frame: Frame }) {
  const { paused, tlb, crash, slots } = frame;
  return (
    <div class="two">
      <section class="card" aria-label="Threads">
        <h3>Who is paused, and where</h3>
        {crash !== null && <p class="bad">The implementation died: {crash}</p>}
        {paused.length === 0 ? (
          <p class="soft">Nobody.</p>
        ) : (
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">thread</th>
                  <th scope="col">command</th>
                  <th scope="col">stopped at</th>
                  <th scope="col">holds</th>
                </tr>
              </thead>
              <tbody>
                {paused.map(({ thread, command, at, holds }) => (
                  <tr key={`${thread} ${command}`}>
                    <th scope="row">{thread}</th>
                    <td class="mono">{command}</td>
                    <td class="mono">{at}</td>
                    <td>{holds}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
      <section class="card" aria-label="TLBs and slots">
        <h3>TLBs and slots</h3>
        {tlb.length === 0 && <p class="soft">The TLBs are empty.</p>}
        <dl class="facts">
          {tlb.map(({ vcpu, mmu, gfn, size, rights }, i) => [
            <dt key={`t${i}`}>
              vCPU {vcpu}, {mmu}
            </dt>,
            <dd key={`d${i}`} class="mono">
              {`4K pages ${gfn} to ${gfn + size - 1}: r${rights}`}
            </dd>,
          ])}
          {slots.map(({ id, region, regions, backing, dirty_log }) => [
            <dt key={`t${id}`}>slot {id}</dt>,
            <dd key={`d${id}`}>
              {region === null ? 'deleted' : `regions ${region} to ${region + regions - 1}, ${backing}`}
              {dirty_log ? ', dirty logging' : ''}
            </dd>,
          ])}
        </dl>
      </section>
    </div>
  );
}

/** `at`: the command to begin with; by default the first that breaks something. */
export function Timeline({ run, without }: { run: Run; without: readonly (string | null)[] }) {
  const { frames, program, broken } = run;
  const last = frames.length - 1;
  const first_broken = frames.findIndex((_, i) => broken_at(run, i).length > 0);
  const [chosen, choose] = useState(first_broken < 0 ? last : first_broken);
  const at = Math.min(Math.max(0, chosen), last);
  const places = useMemo(() => places_of(frames), [frames]);
  useEffect(() => {
    const on_key = (event: KeyboardEvent) => {
      const { target } = event;
      if (target instanceof Element && target.closest('textarea, input, select')) return;
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      choose(Math.min(Math.max(0, to), last));
    };
    addEventListener('keydown', on_key);
    return () => removeEventListener('keydown', on_key);
  }, [at, last]);
  const frame = frames[at];
  if (!frame) return <p class="soft">No command was run.</p>;
  const differ = differences(frame, places);
  const now = broken_at(run, at);
  const texts = frames.map((_, i) => program[i] ?? '(paused commands end)');
  return (
    <div class="side">
      <div>
        <div class="controls">
          <button type="button" onClick={() => choose(at - 1)} disabled={at === 0} aria-label="Previous step">
            ←
          </button>
          <input
            type="range"
            min={1}
            max={last + 1}
            value={at + 1}
            aria-label="Step"
            aria-valuetext={`command ${at + 1} of ${last + 1}: ${texts[at]}`}
            onInput={({ currentTarget }) => choose(Number(currentTarget.value) - 1)}
          />
          <button type="button" onClick={() => choose(at + 1)} disabled={at === last} aria-label="Next step">
            →
          </button>
          <span class="soft">
            {at + 1} of {last + 1}
          </span>
        </div>
        <ol class="steps">
          {texts.map((text, i) => {
            const breaks = broken_at(run, i);
            return (
              <li key={i}>
                <button type="button" onClick={() => choose(i)} aria-current={i === at ? 'step' : undefined}>
                  <span class="soft">{i + 1}</span>
                  <span class="what">
                    <code>{text}</code>
                    {without[i] && <small>{without[i]}</small>}
                    {breaks.length > 0 && (
                      <small class="bad">✗ breaks {breaks.map(({ property }) => property).join(', ')}</small>
                    )}
                  </span>
                </button>
              </li>
            );
          })}
        </ol>
        <p class="soft">Arrow keys, Home and End step, too.</p>
        <Lists frames={frames} at={at} />
      </div>
      <div>
        <Breach broken={broken} at={at} now={now} />
        <div class="two">
          <PageMap title={`Implementation: ${run.variant}`} side="implementation" {...{ frame, places, differ }} />
          <PageMap title="Reference" side="reference" {...{ frame, places, differ }} />
        </div>
        {frame.comparable ? (
          differ.map(({ mmu, region, text }) => (
            <p class="differences" key={`${mmu} ${region}`}>
              ≠ {text}
            </p>
          ))
        ) : (
          <p class="soft">Commands are under way: the sides are compared again when all have ended.</p>
        )}
        <Key />
        <Paused frame={frame} />
      </div>
    </div>
  );
}
