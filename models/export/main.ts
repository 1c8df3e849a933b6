/** The test itself: the commands one after the other, and the result of each. */
import { command_text } from '../../harness/program/text';
import { COMMANDS } from '../catalogue/catalogue';
import type { Calls } from './calls';
import type { Expected, ExpectedStep } from './expected';
import { type Needs, when } from './parts/part';

/** The statements of a command, with the command. */
export interface Statements extends Calls {
  readonly step: ExpectedStep;
}

/** `first_period`: of the worker at the beginning, in milliseconds; null: it makes direct passes only. */
export function main_of(
  statements: readonly Statements[],
  needs: Needs,
  vm_modes: boolean,
  first_period: number | null,
): string {
  const quirk = statements.some(({ lines }) => lines.some((line) => line.includes('QUIRK_SLOT_ZAP_ALL')));
  const manual = statements.some(({ lines }) => lines.some((line) => line.includes('MANUAL_PROTECT')));
  return `
int main(int argc, char *argv[])
{
	TEST_REQUIRE(kvm_is_tdp_enabled());
	TEST_REQUIRE(get_kvm_param_bool("tdp_mmu"));
	TEST_REQUIRE(thp_configured());
${when(needs.has('nested'), '\tTEST_REQUIRE(kvm_cpu_has_tdp());\n')}${when(
  quirk,
  '\tTEST_REQUIRE(kvm_check_cap(KVM_CAP_DISABLE_QUIRKS2) & KVM_X86_QUIRK_SLOT_ZAP_ALL);\n',
)}${when(
  manual,
  `\tTEST_REQUIRE(kvm_check_cap(KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2) &
		     KVM_DIRTY_LOG_INITIALLY_SET);
`,
)}	save_params();

	ksft_print_header();
	ksft_set_plan(${statements.length});

${
  first_period === null
    ? when(
        needs.has('recover'),
        '\t/* The worker sleeps but for the passes that are asked for. */\n\twrite_param_int(RATIO, 0);\n\twrite_param_int(PERIOD, PASS_PERIOD_MS);\n',
      ) || '\twrite_param_int(RATIO, 0);\n'
    : `\tset_recovery(60, ${first_period});\n`
}	create_vm(${vm_modes ? '0, 0' : ''});

${statements.map(statement).join('\n')}
	kvm_vm_free(vm);

	ksft_finished();
}
`;
}

function statement({ step, lines }: Statements): string {
  const text = command_text(COMMANDS, step.command);
  if (step.skipped !== null) return `\t/* Left out: ${step.skipped}. */\n\tksft_test_result_skip("${text}\\n");\n`;
  const about = remark(step, lines);
  const all = [...(about === null ? [] : [`/* ${about} */`]), ...lines, check(text, step.after)];
  return all.map((line) => `\t${line}\n`).join('');
}

function check(text: string, { splits, pages_2m, flushed }: Expected): string {
  const given = [`"${text}"`, ...numbers(splits, pages_2m)];
  return flushed === null ? `check(${given.join(', ')});` : `check_pass(${[...given, flushed].join(', ')});`;
}

const numbers = (...all: readonly (number | null)[]): string[] => all.map((n) => (n === null ? 'ANY' : String(n)));

/** What a reader would ask. */
function remark({ pass }: ExpectedStep, lines: readonly string[]): string | null {
  if (lines.length === 0) return 'Changes nothing here.';
  if (!pass) return null;
  const names = pass.splits.length === 1 ? ['splits'] : ['of the shadow MMU', 'of the TDP MMU'];
  const taken = pass.splits.flatMap((n, i) => (n === 0 ? [] : `${Math.ceil(n / pass.ratio)} of ${n} ${names[i]}`));
  return taken.length === 0 ? 'There are no splits.' : `Takes ${taken.join(', and ')}.`;
}
