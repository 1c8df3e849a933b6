/** Searches with a model in the kernel's place, and machines that answer otherwise than it does. */
import { search_behind_port } from '../../../harness/campaign/port';
import type { PortCampaign } from '../../../harness/campaign/port_campaign';
import { read_regressions } from '../../../harness/regression/regression';
import { VARIANTS } from '../../../models/catalogue/catalogue';
import type { Variant } from '../../../models/catalogue/variant';
import type { Machine } from '../../../models/live/machine';
import { model_machine, predict } from '../../../models/live/model_machine';
import type { Answer } from '../../../models/live/protocol';
import { live_runner } from '../../../models/live/runner';
import { type Run, target_of } from '../../../models/live/target';
import { LIVE_CLAIMS } from '../../../properties/claims';
import { SUITE } from '../suite';

/** One of the project's variants, which there is. */
export const variant = (name: string): Variant => VARIANTS.get(name) as Variant;
export const regressions = read_regressions(SUITE);

/** A search with a model in the kernel's place; the version decides what is known of it. */
export async function search(
  machine: Machine,
  version: string,
  contract: string,
  cases: number,
): Promise<PortCampaign<Run>> {
  const of_version = { ...machine, hello: { ...machine.hello, version } };
  const target = target_of(of_version, LIVE_CLAIMS, contract);
  const quiet = { stop: new AbortController().signal, now: () => 0, progress: () => {}, record: () => {} };
  return search_behind_port(live_runner(target), { regressions, seed: 'test', cases, ...quiet });
}

/** What is broken, new or known. */
export const broken = ({ findings }: PortCampaign<Run>) =>
  [...new Set(findings.flatMap(({ property, also }) => [property, ...also]))].sort();

/** A machine that answers as the model of this variant does, but for what is done to the answers. */
export function doctored(name: string, doctor: (answer: Answer, nth: number) => Answer): Machine {
  let nth = 0;
  const base = model_machine(variant(name));
  return { ...base, run: async (world, program) => doctor(predict(variant(name), world, program), nth++) };
}
