/** A program as a selftest of the kernel: one C file in the manner of tools/testing/selftests/kvm/x86. */
import { CallError } from '../../harness/errors';
import type { Program } from '../../harness/program/command';
import { program_texts } from '../../harness/program/text';
import { COMMANDS } from '../catalogue/catalogue';
import type { Contract } from '../spec/contract';
import { slot_at } from '../spec/reference';
import type { World } from '../world/world';
import { type Around, calls_of, NO_CALLS } from './calls';
import { DIRECT_PERIOD, needs_clock, period_when_on, SHORTEST_PERIOD, scaled_periods } from './clock';
import { type ExpectedStep, expected_steps } from './expected';
import type { Library } from './library';
import { main_of, type Statements } from './main';
import { check_calls } from './parts/checks';
import { create_vm } from './parts/create_vm';
import { guest_calls, guest_code } from './parts/guest';
import { memory_calls, slots_text } from './parts/memory';
import type { Need } from './parts/part';
import { PARAMETERS, recovery_calls } from './parts/recovery';
import { comment, include_lines } from './parts/text';
import { makes_no_pass, why_refused } from './refused';

/** What is exported. */
export interface Exported {
  /** The test's name, without `.c`. */
  readonly name: string;
  /** What it is about, in a few words, and in a few sentences. */
  readonly title: string;
  readonly about: string;
  readonly program: Program;
  readonly contract: Contract;
  /** The name of the contract, for the comment. */
  readonly contract_name: string;
  readonly world: World;
  readonly library: Library;
  /** Fetches outside all slots are left out. Otherwise a program with one is refused. */
  readonly leaves_out: boolean;
}

/** The C text. Throws a CallError that says which command cannot be exported, and why. */
export function selftest_text(exported: Exported): string {
  const { name, title, about, contract_name, world, library } = exported;
  const steps = steps_of(exported);
  const clock = needs_clock(steps);
  const slots = used_slots(steps);
  const around: Around = {
    nested: steps.some(({ command: { name, args } }) => name === 'clear_gpte_dirty' || args['mmu'] === 'shadow'),
    clock,
    periods: clock ? scaled_periods(steps) : new Map(),
    vm_modes: steps.some(({ command: { name, args } }) => name === 'destroy_vm' && has_modes(args)),
    slots: new Map(slots.map((slot, i) => [slot, i])),
  };
  if (around.nested && !library.nested)
    throw new CallError(
      'the program has a nested guest, and the library of this tree has no page tables for those of AMD (vm_enable_tdp)',
    );
  const statements: Statements[] = steps.map((step) => ({
    step,
    ...(step.skipped === null ? calls_of(step, around) : NO_CALLS),
  }));
  const needs = new Set<Need>(statements.flatMap((one) => one.needs));
  if (around.nested) needs.add('nested');
  if (around.vm_modes) needs.add('vm_modes');
  if (clock) needs.add('clock');
  if (steps.some(({ after }) => after.flushed !== null)) needs.add('flushed');
  if (steps.some(({ after, skipped }) => skipped === null && after.flushed === null)) needs.add('check');
  const vcpus = 1 + Math.max(0, ...steps.map(({ command }) => Number(command.args['vcpu'] ?? 0)));
  const first_period = clock
    ? (around.periods.get(period_when_on((steps[0] as ExpectedStep).before) ?? 0) ?? SHORTEST_PERIOD)
    : null;
  return [
    '// SPDX-License-Identifier: GPL-2.0-only OR MIT\n',
    comment([
      `${title}.`,
      about,
      `Run it by ${name}.sh, which restores the parameters of KVM even if the test is killed.`,
      `Written by kvm-nx-harness (export) from a program of ${steps.length} commands. What is expected follows from its specification of the accounting (${contract_name}), and not from what a kernel did.`,
    ]),
    include_lines(needs),
    constants(needs, world),
    guest_code(needs, library),
    `\nstatic struct kvm_vcpu *vcpus[${vcpus}];\nstatic struct kvm_vm *vm;\n\n`,
    slots_text(slots.length),
    guest_calls(needs),
    PARAMETERS,
    recovery_calls(needs, library),
    memory_calls(needs),
    create_vm(needs, world, slots, vcpus),
    check_calls(needs, library),
    main_of(statements, needs, around.vm_modes, first_period),
  ].join('');
}

/**
 * What is expected of the program. Throws a CallError for the first command that cannot be exported, unless such commands
 * are left out.
 */
export function steps_of({ contract, world, program, leaves_out }: Exported): ExpectedStep[] {
  const texts = program_texts(COMMANDS, program);
  const steps = expected_steps(
    contract,
    world,
    program,
    (command, before) => makes_no_pass(command, before) ?? (leaves_out ? why_refused(command, before) : null),
  );
  for (const [i, { command, before, skipped }] of steps.entries()) {
    const why = skipped === null ? why_refused(command, before) : null;
    if (why !== null) throw new CallError(`command ${i + 1}, ${texts[i]}: ${why}`);
  }
  return steps;
}

/** The slots of the world that the program does something with. There is at least one. */
function used_slots(steps: readonly ExpectedStep[]): number[] {
  const used = new Set<number>([0]);
  for (const { command, before } of steps) {
    const { page, slot } = command.args;
    if (slot !== undefined) used.add(Number(slot));
    const there = page === undefined ? null : slot_at(before, Number(page));
    if (there) used.add(before.slots.indexOf(there));
  }
  return [...used].sort((a, b) => a - b);
}

const has_modes = (args: Readonly<Record<string, unknown>>): boolean =>
  Number(args['slot_zap_all'] ?? 1) === 0 || !['plain', undefined].includes(args['dirty_log'] as string | undefined);

function constants(needs: ReadonlySet<Need>, { regions }: World): string {
  const lines = [
    '/* A guest that calls an address returns from there. Data lies beside it. */',
    '#define RETURN_OPCODE\t0xc3',
    ...(needs.has('read') || needs.has('write') ? ['#define DATA_OFFSET\t8'] : []),
    '',
    '/* The first of the slots that are tested. The library has those below. */',
    '#define FIRST_SLOT\t10',
    '/* Memory of the test: a 2M region, and a 4K page in it. A GVA is the same as the GPA. */',
    '#define MEM_GPA\t\t(4ull << 30)',
    `#define MEM_SIZE\t(${regions} * PG_SIZE_2M)`,
    '#define GPA(region, page) \\',
    '\t(MEM_GPA + (region) * PG_SIZE_2M + (page) * PG_SIZE_4K)',
    ...(needs.has('clear_gpte_dirty')
      ? [
          "/* Where L1 sees the page table of its guest's that maps this memory by 1G. */",
          '#define TABLE_GVA\t(3ull << 30)',
        ]
      : []),
    '',
    ...(needs.has('recover')
      ? ['/* Milliseconds between two passes, at least. */', `#define PASS_PERIOD_MS\t${DIRECT_PERIOD}`, '']
      : []),
    '/* A number that the specification leaves open. */',
    '#define ANY\t\t-1',
    '',
    ...(needs.has('clear_gpte_dirty') ? ['static u32 gpte_dirty;', ''] : []),
  ];
  return `${lines.join('\n')}\n`;
}
