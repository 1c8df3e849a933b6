/** The page: a report, or the playground alone, by what is embedded in it and by its address. */
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Report } from './data';
import { Counterexample, Overview } from './overview';
import { Playground } from './playground';
import { type Route, route_of } from './route';

function read_report(): Report | null {
  const text = document.getElementById('report')?.textContent ?? 'null';
  return JSON.parse(text);
}

function Page({ report }: { report: Report | null }) {
  const [hash, follow] = useState(location.hash);
  useEffect(() => {
    const on_change = () => follow(location.hash);
    addEventListener('hashchange', on_change);
    return () => removeEventListener('hashchange', on_change);
  }, []);
  const asked = route_of(hash);
  const fallback: Route = report ? { view: 'overview' } : { view: 'playground', program: null, variant: null };
  const route = asked && (report || asked.view === 'playground') ? asked : fallback;
  const shown = route.view === 'counterexample' ? report?.shown[route.number - 1] : undefined;
  const current = (view: Route['view']) => (route.view === view ? 'page' : undefined);
  return (
    <>
      <button type="button" class="skip" onClick={() => document.querySelector('main')?.focus()}>
        To the content
      </button>
      <header class="top">
        <div class="bar">
          <strong>kvm-nx-harness</strong>
          <nav aria-label="Views">
            {report && (
              <a href="#overview" aria-current={current('overview')}>
                Overview
              </a>
            )}
            {report && report.shown.length > 0 && (
              <a href="#counterexample=1" aria-current={current('counterexample')}>
                Counterexamples
              </a>
            )}
            <a href="#playground" aria-current={current('playground')}>
              Playground
            </a>
          </nav>
        </div>
      </header>
      <main tabindex={-1}>
        {route.view === 'playground' && <Playground program={route.program} variant={route.variant} />}
        {route.view === 'overview' && report && <Overview report={report} />}
        {route.view === 'counterexample' &&
          report &&
          (shown ? (
            <Counterexample key={route.number} shown={shown} number={route.number} of={report.shown.length} />
          ) : (
            <p>There is no counterexample {route.number}.</p>
          ))}
      </main>
    </>
  );
}

const place = document.getElementById('page');
if (place) render(<Page report={read_report()} />, place);
