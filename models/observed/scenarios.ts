/** Scenarios of real kernels, and what the models observe in them after each command. */
import { parse_program } from '../../harness/program/text';
import { bounds_of, COMMANDS } from '../catalogue/catalogue';
import type { Variant } from '../catalogue/variant';
import { locks_text, MMU_READ, MMU_WRITE, write_lock } from '../kernel/lock';
import { zap_all_with_slots_lock } from '../kernel/memslots';
import { guest_access } from '../kernel/page_fault';
import { drain } from '../kernel/scheduler';
import { EXEC } from '../kernel/spte';
import type { Kvm, kvm_mmu_page } from '../kernel/types';
import { kvm_create_vm } from '../kernel/vm';
import { definition, step_kernel, step_reference } from '../lockstep/session';
import { mapped_pages, recover_fifo, split_counts } from '../spec/recovery';
import { new_reference } from '../spec/reference';
import { DIRECT, SCENARIOS as SCENARIO_LIST, type Scenario } from './scenario_list';
import { SCENARIOS_OF_ATTRIBUTES } from './scenario_list_of_attributes';
import { SCENARIOS_OF_DIRTY_LOGS } from './scenario_list_of_dirty_logs';
import { SCENARIOS_OF_PREFAULTS } from './scenario_list_of_prefaults';
import { SCENARIOS_OF_ROOTS } from './scenario_list_of_roots';
import { SCENARIOS_OF_THE_MACHINE } from './scenario_list_of_the_machine';

export const SCENARIOS: readonly Scenario[] = [
  ...SCENARIO_LIST,
  ...SCENARIOS_OF_THE_MACHINE,
  ...SCENARIOS_OF_DIRTY_LOGS,
  ...SCENARIOS_OF_ROOTS,
  ...SCENARIOS_OF_ATTRIBUTES,
  ...SCENARIOS_OF_PREFAULTS,
];

const text = (splits: number, [small, mid, large]: readonly number[], now: number) =>
  `${splits}: ${small}/${mid}/${large}${now > 0 ? ` ${now}ms` : ''}`;

/** What the kernel side and the reference observe after each command of the scenario. */
export function observe(scenario: Scenario, variant: Variant): { kernel: string[]; reference: string[] } {
  const kvm = kvm_create_vm(variant.ops, scenario.world);
  const ref = new_reference(variant.contract, scenario.world);
  const kernel: string[] = [];
  const reference: string[] = [];
  for (const command of parse_program(COMMANDS, bounds_of(scenario.world), scenario.program)) {
    const spec = definition(command);
    step_kernel(kvm, spec, command);
    step_reference(ref, spec, command.args);
    if (command.name === 'recover') recover_fifo(ref, Number(command.args['ratio']));
    if (ref.pass_due) recover_fifo(ref, ref.ratio);
    kernel.push(text(kvm.stat.nx_lpage_splits, kvm.stat.pages, kvm.now));
    const splits = split_counts(ref).reduce((sum, n) => sum + n, 0);
    reference.push(text(splits, mapped_pages(ref), ref.now));
  }
  return { kernel, reference };
}

/**
 * How a variant, or the reference with its contract, differs from what was seen in a scenario. Empty if neither
 * differs, or if nothing is recorded for the variant.
 */
export function told_wrong(scenario: Scenario, variant: Variant): string[] {
  const seen = scenario.seen.find(({ by }) => by.includes(variant.name));
  if (!seen) return [];
  const { kernel, reference } = observe(scenario, variant);
  const wrong: string[] = [];
  if (kernel.join(', ') !== seen.after) wrong.push(`${scenario.name}: ${variant.name} sees ${kernel.join(', ')}`);
  if (reference.join(', ') !== (seen.wanted ?? seen.after))
    wrong.push(`${scenario.name}: its reference sees ${reference.join(', ')}`);
  return wrong;
}

/**
 * Details that no program can show. The text says what another CPU sees at the moment when a fetch has published its
 * table, whether the table is put on the list if its flag is cleared at that moment, and what a pass does with a page
 * that is gone.
 */
export function glimpse(variant: Variant): string {
  const kvm = kvm_create_vm(variant.ops, DIRECT);
  const published = fetch_looked_into(kvm, () => {});
  const unflagged = kvm_create_vm(variant.ops, DIRECT);
  fetch_looked_into(unflagged, (sp) => {
    sp.nx_huge_page_disallowed = false;
  });
  const lists = kvm.lists.map(({ name }) => name).join(' and ');
  return `${lists}; ${published}, unflagged ${unflagged.stat.nx_lpage_splits}; ${zap_of_a_page_that_is_gone(kvm)}`;
}

function fetch_looked_into(kvm: Kvm, meanwhile: (sp: kvm_mmu_page) => void): string {
  let published = 'nothing was published';
  const task = guest_access(kvm, 'tdp', 0, EXEC, 0);
  for (let at = task?.next(false); at && !at.done; at = task?.next(false)) {
    const last = kvm.sps.at(-1);
    if (at.value === 'spte_published' && last?.gfn === 0) {
      const lock = locks_text(kvm.running.held & (MMU_READ | MMU_WRITE));
      const flag = last.nx_huge_page_disallowed ? 'flagged' : 'not flagged';
      published = `${lock}, ${flag}, ${kvm.stat.nx_lpage_splits} counted`;
      meanwhile(last);
    }
  }
  return published;
}

function zap_of_a_page_that_is_gone(kvm: Kvm): string {
  const gone = kvm.sps.find(({ tdp_mmu_page, role }) => tdp_mmu_page && role.level === 1);
  if (!gone) return 'no TDP page';
  drain(kvm, zap_all_with_slots_lock(kvm));
  const again = guest_access(kvm, 'tdp', 0, EXEC, 0);
  if (again) drain(kvm, again);
  write_lock(kvm);
  kvm.ops.tdp_mmu_zap_for_recovery(kvm, gone);
  return kvm.stat.pages[0] === 0 ? 'a pass zaps whatever stands there now' : 'a pass zaps nothing else';
}
