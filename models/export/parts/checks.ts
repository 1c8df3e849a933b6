/** What a test reads after each command, and how it says whether that is right. */
import type { Library } from '../library';
import { type Needs, when } from './part';

export function check_calls(needs: Needs, { quotes_stats }: Library): string {
  const stat = (name: string) => `vm_get_stat(vm, ${quotes_stats ? `"${name}"` : name})`;
  const late = when(
    needs.has('clock'),
    `
	if (ratio && now_ms() > last_pass + period_ms - 50)
		ksft_exit_skip("Too slow: a pass was due while the test was busy\\n");

`,
  );
  return `
static bool stat_is(const char *stat, long got, long want)
{
	if (want == ANY || got == want)
		return true;

	ksft_print_msg("%s is %ld, should be %ld\\n", stat, got, want);
	return false;
}

static bool stats_are(int splits, int pages_2m)
{
	bool good = stat_is("nx_lpage_splits", ${stat('nx_lpage_splits')}, splits);

	good &= stat_is("pages_2m", ${stat('pages_2m')}, pages_2m);

	return good;
}
${when(
  needs.has('check'),
  `

/* The result of a command. */
static void check(const char *command, int splits, int pages_2m)
{
${late}	ksft_test_result(stats_are(splits, pages_2m), "%s\\n", command);
}
`,
)}${when(
  needs.has('flushed'),
  `

/* The result of a pass: it flushes TLBs if, and only if, it has zapped something. */
static void check_pass(const char *command, int splits, int pages_2m, bool flushes)
{
	long requests = ${stat('remote_tlb_flush_requests')} - requests_before_pass;
	bool good = stats_are(splits, pages_2m);

	if (!!requests != flushes) {
		ksft_print_msg("remote_tlb_flush_requests rises by %ld, should %s\\n",
			       requests, flushes ? "rise" : "stay");
		good = false;
	}
	ksft_test_result(good, "%s\\n", command);
}
`,
)}`;
}
