/** KVM's parameters, and passes of the worker that recovers huge pages. */
import { JUST_BEFORE } from '../clock';
import type { Library } from '../library';
import { type Needs, when } from './part';

const PREFIX = 'nx_huge_pages_recovery_';

/** Parameters: written, and restored at the end. */
export const PARAMETERS = `
#define PARAM(name) "/sys/module/kvm/parameters/" name
#define NX_HUGE_PAGES	PARAM("nx_huge_pages")
#define RATIO		PARAM("${PREFIX}ratio")
#define PERIOD		PARAM("${PREFIX}period_ms")

static const char *const params[] = { NX_HUGE_PAGES, PERIOD, RATIO };
static char saved_params[ARRAY_SIZE(params)][16];

static int __write_param(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY);
	int r = fd < 0 ? -1 : write(fd, value, strlen(value));

	if (fd >= 0)
		close(fd);

	return r;
}

static void write_param(const char *path, const char *value)
{
	TEST_ASSERT(__write_param(path, value) > 0, "Failed to write '%s' to %s", value, path);
}

static void write_param_int(const char *path, unsigned int value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	write_param(path, text);
}

static void restore_params(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(params); i++)
		__write_param(params[i], saved_params[i]);
}

static void save_params(void)
{
	int i, fd;

	for (i = 0; i < ARRAY_SIZE(params); i++) {
		fd = open(params[i], O_RDWR);
		if (fd < 0 || read(fd, saved_params[i], sizeof(saved_params[i]) - 1) <= 0)
			ksft_exit_skip("%s cannot be written: run as root\\n", params[i]);
		close(fd);
	}
	atexit(restore_params);

	/* It cannot be changed any more once it is "never". */
	if (__write_param(NX_HUGE_PAGES, "force") <= 0)
		ksft_exit_skip("nx_huge_pages cannot be forced\\n");
}
`;

/** The worker, and its passes. */
export function recovery_calls(needs: Needs, { quotes_stats }: Library): string {
  const requests = quotes_stats ? '"remote_tlb_flush_requests"' : 'remote_tlb_flush_requests';
  const clock = needs.has('clock');
  if (!clock && !needs.has('recover')) return '';
  return `
static u64 now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);

	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}
${when(
  needs.has('recover') || needs.has('before_pass'),
  `

static void sleep_until(u64 ms)
{
	while (now_ms() < ms)
		usleep(1000);
}
`,
)}${when(
  needs.has('recover') || needs.has('wait_for_pass'),
  `

/* How often the worker of this VM has gone to sleep: once more after each pass. */
static long __worker_sleeps(const char *tasks)
{
	char path[300], line[128], comm[16];
	struct dirent *entry;
	long sleeps = -1;
	FILE *status;
	DIR *dir;

	dir = opendir(tasks);
	TEST_ASSERT(dir, "Failed to open %s", tasks);
	while ((entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s/status", tasks, entry->d_name);
		status = fopen(path, "r");
		if (!status)
			continue;
		comm[0] = 0;
		while (fgets(line, sizeof(line), status)) {
			if (sscanf(line, "Name: %15s", comm) == 1 &&
			    strncmp(comm, "kvm-nx-lpage-re", 15))
				break;
			if (sscanf(line, "voluntary_ctxt_switches: %ld", &sleeps) == 1)
				break;
		}
		fclose(status);
	}
	closedir(dir);

	return sleeps;
}

static long worker_sleeps(void)
{
	long sleeps = __worker_sleeps("/proc/self/task");

	/* Before 6.12, it is a thread of the kernel. */
	return sleeps < 0 ? __worker_sleeps("/proc") : sleeps;
}
`,
)}
/* When the last pass was. */
static u64 last_pass;
${when(needs.has('flushed'), '\n\n/* Requests to flush before it. */\nstatic u64 requests_before_pass;\n')}${when(
  clock,
  `

/* Parameters while no pass is made directly. */
static unsigned int ratio, period_ms;

static void set_recovery(unsigned int new_ratio, unsigned int new_period_ms)
{
	/* Both change at once: no pass may come between the two writes. */
	if (!ratio)
		write_param_int(PERIOD, new_period_ms);
	write_param_int(RATIO, new_ratio);
	if (ratio)
		write_param_int(PERIOD, new_period_ms);
	ratio = new_ratio;
	period_ms = new_period_ms;
}
`,
)}${when(
  needs.has('before_pass'),
  `

static void sleep_until_just_before_pass(void)
{
	sleep_until(last_pass + period_ms - ${JUST_BEFORE});
}
`,
)}${when(
  needs.has('wait_for_pass'),
  `

static void wait_for_pass(void)
{
	u64 give_up = last_pass + period_ms + period_ms / 8 + 100;
	long sleeps;

	sleep_until_just_before_pass();
	sleeps = worker_sleeps();
	while (worker_sleeps() == sleeps && now_ms() < give_up)
		usleep(1000);
	last_pass = now_ms();
}
`,
)}${when(
  needs.has('let_pass_happen'),
  `

/* The parameters have just made a pass due. */
static void let_pass_happen(void)
{
	usleep(100 * 1000);
	last_pass = now_ms();
}
`,
)}${when(
  needs.has('recover'),
  `

/* One pass of the worker: it sleeps at ratio 0, and wakes when the ratio is written. */
static void recover(unsigned int pass_ratio)
{
	u64 give_up;
	long sleeps;

${when(clock, '\twrite_param_int(RATIO, 0);\n\twrite_param_int(PERIOD, PASS_PERIOD_MS);\n')}	sleep_until(last_pass + PASS_PERIOD_MS + 50);
	sleeps = worker_sleeps();
	give_up = now_ms() + 2000;
${when(needs.has('flushed'), `\n\trequests_before_pass = vm_get_stat(vm, ${requests});\n`)}
	write_param_int(RATIO, pass_ratio);
	while (worker_sleeps() == sleeps && now_ms() < give_up)
		usleep(1000);
	write_param_int(RATIO, 0);
	last_pass = now_ms();
${when(clock, '\twrite_param_int(PERIOD, period_ms);\n\twrite_param_int(RATIO, ratio);\n')}}
`,
)}`;
}
