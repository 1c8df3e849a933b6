/** A program to step through: what each command does to both sides, and which claim breaks where. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Frame } from '../../models/lockstep/frames';
import type { Broken, KernelSeen, Run } from './data';
import { Kept } from './kept';
import { Lanes } from './lanes';
import { Key, PageMap } from './map';
import { KernelNumbers } from './numbers';
import { Lists } from './plot';
import { differences, places_of } from './regions';

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
          <section class="scroll" tabindex={0} aria-label="Paused threads">
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
          </section>
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

/** The commands, of which one is the current. */
function Steps(props: {
  run: Run;
  texts: readonly string[];
  without: readonly (string | null)[];
  at: number;
  choose(i: number): void;
}) {
  const { run, texts, without, at, choose } = props;
  return (
    <ol class="steps">
      {texts.map((text, i) => (
        <li key={i}>
          <Kept
            is={`${i === at} ${text} ${without[i]} ${broken_at(run, i).map(({ property }) => property)}`}
            draw={() => (
              <button type="button" onClick={() => choose(i)} aria-current={i === at ? 'step' : undefined}>
                <span class="soft">{i + 1}</span>
                <span class="what">
                  <code>{text}</code>
                  {without[i] && <small>{without[i]}</small>}
                  {broken_at(run, i).length > 0 && (
                    <small class="bad">
                      ✗ breaks{' '}
                      {broken_at(run, i)
                        .map(({ property }) => property)
                        .join(', ')}
                    </small>
                  )}
                </span>
              </button>
            )}
          />
        </li>
      ))}
    </ol>
  );
}

/**
 * A run, from the first command on that breaks something. `kernel`: what a real kernel showed of the same program, which breaks
 * something with its last command.
 */
export function Timeline(props: { run: Run; without: readonly (string | null)[]; kernel?: KernelSeen | null }) {
  const { run, without, kernel } = props;
  const { frames, program, broken } = run;
  const last = Math.max(frames.length, kernel?.rows.length ?? 0) - 1;
  const first_broken = frames.findIndex((_, i) => broken_at(run, i).length > 0);
  const [chosen, choose] = useState(kernel || first_broken < 0 ? last : first_broken);
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
  // Where the model has ended and the kernel has not, the last is shown.
  const frame = frames[Math.min(at, frames.length - 1)];
  if (!frame) return <p class="soft">No command was run.</p>;
  const differ = differences(frame, places);
  const now = broken_at(run, at);
  const texts = Array.from({ length: last + 1 }, (_, i) => program[i] ?? '(paused commands end)');
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
        <Steps {...{ run, texts, without, at, choose }} />
        <p class="soft">Arrow keys, Home and End step, too.</p>
        <Lists frames={frames} at={at} model={kernel ? run.variant : null} />
      </div>
      <div>
        <Breach broken={broken} at={at} now={now} />
        {kernel && <KernelNumbers {...{ kernel, at, frame }} model={run.variant} />}
        <div class="two">
          <PageMap title={`Implementation: ${run.variant}`} side="implementation" {...{ frame, places, differ }} />
          <PageMap
            title={kernel ? "Reference, told what the model's passes took" : 'Reference'}
            side="reference"
            {...{ frame, places, differ }}
          />
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
        <Lanes {...{ frames, at }} texts={program} />
        <Paused frame={frame} />
      </div>
    </div>
  );
}
