import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Duplex, PassThrough } from 'node:stream';
import { parse_program } from '../../harness/program/text';
import { bounds_of, COMMANDS } from '../catalogue/catalogue';
import { LIVE_WORLD } from '../world/world';
import { not_taken } from './boot';
import { initramfs } from './initramfs';
import { type Running, talk_to } from './machine';
import { message, parse_answer, parse_hello } from './protocol';
import { open_monitor } from './qmp';
import { functions_in, functions_of } from './touched';

const STATS = 'nx_lpage_splits=1 pages_4k=2 pages_2m=3 pages_1g=4 remote_tlb_flush_requests=5 pf_taken=6';
const HELLO = 'hello release=7.3.4-mine tdp_mmu=Y nx=Y ratio=60 period=0 nested=1 version=#1 SMP Thu';
const program = parse_program(COMMANDS, bounds_of(LIVE_WORLD), [
  'guest_exec mmu=tdp page=3 offset=2',
  'recover ratio=4',
]);

test('a program is one message: the slots, the vCPUs, the commands', () => {
  expect(message(7, LIVE_WORLD, program).split('\n')).toEqual([
    'program 7',
    'slot home=0 away=16 regions=8 backing=2m',
    'slot home=24 away=25 regions=1 backing=4k',
    'vcpus 2',
    'guest_exec mmu=tdp page=3 offset=2',
    'recover ratio=4',
    'end',
    '',
  ]);
});

test('an answer: what was read, what could not be done and why, what the kernel complained of before', () => {
  const lines = [
    `start ${STATS}`,
    `ok ${STATS}`,
    'cannot no nested guest',
    'log WARNING: here',
    `ok ${STATS}`,
    'done 7',
  ];
  const { start, steps } = parse_answer(lines, null);
  expect(start.stats).toEqual({
    nx_lpage_splits: 1,
    pages_4k: 2,
    pages_2m: 3,
    pages_1g: 4,
    remote_tlb_flush_requests: 5,
    pf_taken: 6,
  });
  expect(steps.map(({ kind, why, log }) => [kind, why, ...log])).toEqual([
    ['ok', ''],
    ['cannot', 'no nested guest'],
    ['ok', '', 'WARNING: here'],
  ]);
});

test('what the kernel complains of while the VM is taken down belongs to the last command', () => {
  const { steps } = parse_answer([`start ${STATS}`, `ok ${STATS}`, 'log BUG: list', 'done 7'], null);
  expect(steps.map(({ log }) => log)).toEqual([['BUG: list']]);
});

test.each([
  ['release=6.1.0-56-cloud-amd64 version=#1 SMP Debian 6.1.192-2 (2026-09-01)', '6.1.192'],
  ['release=7.3.4+deb13-cloud-amd64 version=#1 SMP Debian 7.3.4-1~bpo13+1', '7.3.4'],
  ['release=7.3.4-fixed version=#6 SMP', '7.3.4-fixed'],
  ['release=7.4.0-rc1-00017-gabc version=#6 SMP', '7.4.0'],
])('the version of %s is %s', (line, version) => {
  expect(parse_hello(line.replace(' version', ` ${REST} version`)).version).toBe(version);
});

const REST = 'tdp_mmu=Y nx=Y ratio=60 period=0 nested=1';

test.each([
  [''],
  ['release=7.3.4'],
  [`release=\u001b[31m ${REST}`],
  [`release=${'x'.repeat(300)} ${REST}`],
  [`release=7.3.4 ${REST.replace('nested=1', 'nested=2')}`],
])('"%s" is no greeting', (line) => {
  expect(() => parse_hello(line)).toThrow(/^the agent sent a malformed greeting: /);
});

test('the parameters of the kernel line are read back', () => {
  const { asked } = parse_hello(`release=7.3.4 ${REST} param.tdp_mmu=N param.nope=- param.ratio=16 version=#1`);
  const wrong = (...params: string[]) => not_taken(params, asked);
  expect(wrong('tdp_mmu=0', 'tdp-mmu=off', 'ratio=16', 'ratio=0x10')).toBeNull();
  expect(wrong('tdp_mmu=0', 'nope=1')).toBe('nope=1: this KVM has no parameter nope that can be read');
  expect(wrong('other=1')).toBe('other=1: this KVM has no parameter other that can be read');
  expect(wrong('tdp_mmu=1')).toBe('tdp_mmu=1: KVM has N');
  expect(wrong('ratio=61')).toBe('ratio=61: KVM has 16');
});

test.each([
  ['a count that is none', STATS.replace('pages_4k=2', 'pages_4k=two')],
  ['a count too large to count', STATS.replace('=2', `=${'9'.repeat(30)}`)],
  ['a count with a point', STATS.replace('=2', '=2.5')],
  ['a count missing', STATS.replace('pages_4k=2 ', '')],
  ['nothing', ''],
])('%s is no stats: nothing can be said of the program', (_, stats) => {
  const { start } = parse_answer([`start ${stats}`], null);
  expect(start).toMatchObject({ kind: 'unusable', stats: null });
  expect(start.why).toMatch(/^the agent sent malformed stats: /);
});

test('an agent that does not stop talking is a death, and nothing of it is kept', async () => {
  const { start } = machines([undefined]);
  const talking = () => {
    const running = start();
    (running.input as PassThrough).on('data', () => {
      for (let i = 0; i < 20; i++) (running.output as PassThrough).write('x'.repeat(1 << 20));
    });
    return running;
  };
  const machine = await talk_to(talking, () => 0, never);
  expect((await machine.run(LIVE_WORLD, program)).death?.how).toBe('its answer is longer than 16 MB');
  await machine.close();
});

const has_cpio = spawnSync('cpio', ['--version']).error === undefined;

(has_cpio ? test : test.skip)('the ramdisk is an archive that cpio can read', () => {
  const archive = initramfs([
    { path: 'init', data: Buffer.from('#!') },
    { path: 'modules/kvm.ko', data: Buffer.from('odd') },
  ]);
  const listed = execFileSync('cpio', ['-t', '--quiet'], { input: archive, encoding: 'utf8' });
  expect(listed.trim().split('\n')).toEqual(['modules', 'dev', 'dev/console', 'init', 'modules/kvm.ko']);
});

/** Machines that send a greeting and then `answers`, one each. null: it dies instead. undefined: it sends nothing. */
function machines(answers: (string | null | undefined)[]) {
  let booted = 0;
  const start = (): Running => {
    booted++;
    let die = () => {};
    const ended = new Promise<void>((resolve) => {
      die = resolve;
    });
    const agent = new PassThrough();
    const out = new PassThrough();
    out.write(`${HELLO}\n`);
    agent.on('data', (data: Buffer) => {
      const id = /program (\d+)/.exec(data.toString())?.[1];
      const answer = answers.shift();
      if (answer === null) die();
      else if (answer !== undefined) out.write(`${answer}\ndone ${id}\n`);
    });
    return { input: agent, output: out, ended, console: () => 'line 1\nKernel panic', clock: now, stop: () => die() };
  };
  return { start, booted: () => booted };
}

const now = () => Date.now();
const never = new AbortController().signal;

test('a machine that dies in the middle is started again, and its last words are kept', async () => {
  const { start, booted } = machines([`start ${STATS}\nok ${STATS}`, null, `start ${STATS}`]);
  const machine = await talk_to(start, () => 0, never);
  expect((await machine.run(LIVE_WORLD, program)).death).toBeNull();
  expect(booted()).toBe(1);
  const { death, steps } = await machine.run(LIVE_WORLD, program);
  expect(death).toEqual({ how: 'the machine went down', console: ['line 1', 'Kernel panic'] });
  expect(steps).toEqual([]);
  expect((await machine.run(LIVE_WORLD, program)).start.stats?.pages_4k).toBe(2);
  expect(booted()).toBe(2);
  await machine.close();
});

test('a machine that says nothing any more hangs, and is started again', async () => {
  const { start, booted } = machines([undefined, `start ${STATS}`]);
  const machine = await talk_to(start, () => 0, never, { patience: 50 });
  expect((await machine.run(LIVE_WORLD, program)).death?.how).toBe('no answer for 0.05 s');
  expect((await machine.run(LIVE_WORLD, program)).death).toBeNull();
  expect(booted()).toBe(2);
  await machine.close();
});

test('a machine whose kernel has complained is not used again', async () => {
  const { start, booted } = machines([`start ${STATS}\nlog WARNING: once\nok ${STATS}`, `start ${STATS}`]);
  const machine = await talk_to(start, () => 0, never);
  await machine.run(LIVE_WORLD, program);
  await machine.run(LIVE_WORLD, program);
  expect(booted()).toBe(2);
  await machine.close();
});

test('a machine whose kernel has only warned, and will warn again, is used again', async () => {
  const warned = `start ${STATS}\nlog WARNING: CPU: 0 PID: 93 at x\nok ${STATS}\narmed`;
  const { start, booted } = machines([warned, `start ${STATS}`]);
  const machine = await talk_to(start, () => 0, never);
  const { steps, armed } = await machine.run(LIVE_WORLD, program);
  expect(armed).toBe(true);
  // Task numbers say only how many tasks there were before, nothing about the kernel.
  expect(steps[0]?.log).toEqual(['WARNING: CPU: 0 PID: * at x']);
  await machine.run(LIVE_WORLD, program);
  expect(booted()).toBe(1);
  await machine.close();
});

test('late complaints are kept where the kernel has been armed again', () => {
  const { steps } = parse_answer([`start ${STATS}`, `ok ${STATS}`, 'log WARNING: late', 'armed', 'done 7'], null);
  expect(steps.map(({ log }) => log)).toEqual([['WARNING: late']]);
});

describe('functions that are watched', () => {
  const watched_machine = (touched: string, ...answers: string[]) => {
    const { start } = machines([]);
    const told: string[] = [];
    const watching = () => {
      const running = start();
      (running.input as PassThrough).removeAllListeners('data').on('data', (data: Buffer) => {
        const [first = ''] = data.toString().split('\n');
        told.push(first);
        const answer = first.startsWith('touched') ? touched : `${answers.shift()}\ndone ${first.split(' ')[1]}`;
        (running.output as PassThrough).write(`${answer}\n`);
      });
      return running;
    };
    return { machine: talk_to(watching, () => 0, never, { watch: ['f', 'g', 'h'] }), told };
  };

  test('how often each ran, in how many programs of how many; why one cannot be watched', async () => {
    const { machine, told } = watched_machine(
      'touched f=ok g=ok h=absent',
      `start ${STATS}\nran f 3`,
      `start ${STATS}`,
      `start ${STATS}\nran f 4`,
    );
    const watching = await machine;
    for (let i = 0; i < 3; i++) await watching.run(LIVE_WORLD, program);
    expect(told[0]).toBe('touched f g h');
    expect(watching.touched).toEqual([
      { name: 'f', state: 'ok', times: 7, programs: 2, of: 3 },
      { name: 'g', state: 'ok', times: 0, programs: 0, of: 3 },
      { name: 'h', state: 'absent', times: 0, programs: 0, of: 3 },
    ]);
    await watching.close();
  });

  test('a kernel that cannot count: which option it was built without', async () => {
    const { machine } = watched_machine('touched !CONFIG_KPROBE_EVENTS');
    await expect(machine).rejects.toThrow('it was built without CONFIG_KPROBE_EVENTS');
  });

  test('names of a list, and of the hunks of a patch', () => {
    expect(functions_of('kvm_tdp_mmu_map,f,f')).toEqual(['kvm_tdp_mmu_map', 'f']);
    const patch = `--- a/x.c
+++ b/x.c
@@ -1,2 +3,4 @@ static bool tdp_mmu_iter_cond_resched(struct kvm *kvm,
 f(x);
@@ -1 +3 @@ void __kvm_f(struct kvm *kvm)
@@ -1 +3 @@ struct kvm_mmu_page *g(void)
@@ -9,2 +9,4 @@
@@ -9,2 +9,4 @@ #define MACRO(x)
@@ -9,2 +9,4 @@ EXPORT_SYMBOL_GPL(f);
@@ -9,2 +9,4 @@ struct kvm_mmu {
`;
    expect(functions_in(patch)).toEqual(['tdp_mmu_iter_cond_resched', '__kvm_f', 'g']);
  });

  test.each([
    ['f g', '"f g" is no function\'s name'],
    ['', '"" is no function\'s name'],
    ['f,', '"" is no function\'s name'],
    ['/nowhere/x.patch', 'cannot read /nowhere/x.patch: ENOENT'],
    [join(__dirname, 'qmp.ts'), 'no hunk of it says which function'],
    [Array.from({ length: 65 }, (_, i) => `f${i}`).join(','), '65 functions, 64 at most'],
  ])('--touched %s: an error', (text, message) => {
    expect(() => functions_of(text)).toThrow(message);
  });
});

test('a machine that cannot be used says why, in one line', async () => {
  const { start } = machines([]);
  const unusable = () => {
    const running = start();
    (running.output as PassThrough).read();
    (running.output as PassThrough).write('unusable no /dev/kvm: No such file or directory\n');
    return running;
  };
  await expect(talk_to(unusable, () => 0, never)).rejects.toThrow(
    'this kernel cannot be used: no /dev/kvm: No such file or directory',
  );
});

describe('several machines', () => {
  /** Machines that answer only when the test tells them to. Keeps what is sent to each. */
  function slow_machines(restored = false) {
    const asked: string[][] = [];
    const pending: (() => void)[] = [];
    const start = async (): Promise<Running> => {
      const mine: string[] = [];
      asked.push(mine);
      let die = () => {};
      const ended = new Promise<void>((resolve) => {
        die = resolve;
      });
      const [input, output] = [new PassThrough(), new PassThrough()];
      if (!restored) output.write(`${HELLO}\n`);
      input.on('data', (data: Buffer) => {
        const text = data.toString();
        mine.push(text.split('\n')[0] ?? '');
        const id = /program (\d+)/.exec(text)?.[1];
        if (text === 'hello\n') output.write(`${HELLO}\n`);
        else pending.push(() => void output.write(`start ${STATS}\ndone ${id}\n`));
      });
      return { input, output, ended, restored, console: () => '', clock: now, stop: () => die() };
    };
    const answer_all = async () => {
      for (let quiet = 0; quiet < 5; quiet++) {
        await new Promise((resolve) => setImmediate(resolve));
        for (const answer of pending.splice(0)) {
          quiet = 0;
          answer();
        }
      }
    };
    return { start, asked, pending, answer_all };
  }

  test('run as many programs at a time as there are, each started when there is something to do for it', async () => {
    const { start, asked, pending, answer_all } = slow_machines();
    const machine = await talk_to(start, () => 0, never, { vms: 2 });
    expect(machine.vms).toBe(2);
    expect(asked).toHaveLength(1);
    const runs = Promise.all([1, 2, 3, 4, 5].map(() => machine.run(LIVE_WORLD, program)));
    while (pending.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(asked.map(({ length }) => length)).toEqual([1, 1]);
    await answer_all();
    expect((await runs).map(({ start: { kind } }) => kind)).toEqual(Array(5).fill('ok'));
    expect(asked).toHaveLength(2);
    await machine.close();
    await expect(machine.run(LIVE_WORLD, program)).rejects.toThrow('the machine has been closed');
  });

  test('one that goes on from a kept state is asked for its greeting', async () => {
    const { start, asked } = slow_machines(true);
    const machine = await talk_to(start, () => 0, never);
    expect(machine.hello.release).toBe('7.3.4-mine');
    expect(asked).toEqual([['hello']]);
    await machine.close();
  });
});

describe("QEMU's monitor", () => {
  /** A monitor that answers each command with the next of these lines. */
  function monitor(...answers: string[]) {
    const [mine, theirs] = [new PassThrough(), new PassThrough()];
    const sent: string[] = [];
    theirs.on('data', (data: Buffer) => {
      sent.push(data.toString());
      mine.write(`${answers.shift()}\n`);
    });
    const stream = Duplex.from({ readable: mine, writable: theirs });
    let die = () => {};
    const ended = new Promise<void>((resolve) => {
      die = resolve;
    });
    mine.write('{"QMP": {"version": {}}}\n');
    return { opened: open_monitor(stream, ended), sent, die };
  }
  const OK = '{"return": {}}';

  test('a command and what it returns; events in between are nothing to wait for', async () => {
    const { opened, sent } = monitor(OK, '{"event": "STOP"}\n{"return": {"status": "completed"}}');
    const qmp = await opened;
    expect(await qmp.ask('query-migrate')).toEqual({ status: 'completed' });
    expect(sent.map((line) => JSON.parse(line).execute)).toEqual(['qmp_capabilities', 'query-migrate']);
  });

  test.each([
    ['{"error": {"class": "GenericError", "desc": "no such thing"}}', 'no such thing'],
    ['what', 'QEMU says what'],
  ])('%s is an error', async (answer, message) => {
    const { opened } = monitor(OK, answer);
    await expect((await opened).ask('migrate')).rejects.toThrow(message);
  });

  test('one that has ended answers nothing any more', async () => {
    const { opened, die } = monitor(OK);
    const qmp = await opened;
    die();
    await new Promise((resolve) => setImmediate(resolve));
    await expect(qmp.ask('migrate')).rejects.toThrow('QEMU has ended');
  });
});
