/**
 * `npm run layouts`: generates code from the tables of state (models/layout/layout.ts). The code is straight-line: how
 * records begin and are reset, their copies, comparisons and fingerprints, and what the reference adopts. A test checks
 * that it is up to date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KVM, PARAMS, SLOT, STEP_RECORD, TLB_ENTRY, WORKER } from '../models/kernel/machine';
import { FAULT, FRAME, HELD, LIST_PASS, PASS } from '../models/kernel/operation';
import { LIST, PAGE } from '../models/kernel/page';
import { type Anew, type Field, GIVEN, type Layout } from '../models/layout/layout';
import { REFERENCE, SLOT as REFERENCE_SLOT, TABLE } from '../models/spec/state';

/** A record: its table, its type, and its name in the names of functions. */
interface Declared {
  readonly name: string;
  readonly type: string;
  readonly layout: Layout;
}
const declared = (name: string, type: string, layout: Layout): Declared => ({ name, type, layout });

const kvm = declared('kvm', 'Kvm', KVM);
const slot = declared('slot', 'kvm_memory_slot', SLOT);
const list = declared('list', 'NxList', LIST);
const sp = declared('sp', 'kvm_mmu_page', PAGE);
const worker = declared('worker', 'Worker', WORKER);
const params = declared('params', 'Params', PARAMS);
const step_record = declared('step_record', 'StepRecord', STEP_RECORD);
const operation = declared('operation', 'Operation', { ...FRAME, ...HELD });
const reference = declared('reference', 'Reference', REFERENCE);
const reference_slot = declared('reference_slot', 'Slot', REFERENCE_SLOT);
const table = declared('table', 'Table', TABLE);
const list_pass = declared('list_pass', 'ListPass', LIST_PASS);
const pass_record = declared('pass_record', 'PassRecord', PASS);
const RECORDS = [kvm, slot, list, sp, worker, params, step_record, operation, reference, reference_slot, table];

type Aspect = 'copy' | 'equal' | 'print';

/** The path of a field that is treated by its kind. Fields of inner records count as fields of the record. */
interface Leaf {
  readonly path: string;
  readonly field: Field<unknown>;
}

function leaves(layout: Layout, aspect: Aspect, before = ''): Leaf[] {
  return Object.entries(layout).flatMap(([key, field]): Leaf[] => {
    const path = `${before}${key}`;
    if (field[aspect] !== 'by kind') return [];
    const inside = field.kind === 'record' || (field.kind === 'value' && aspect === 'print');
    return inside && field.of ? leaves(field.of, aspect, `${path}.`) : [{ path, field }];
  });
}

/** State that outlives a command is part of the operation. */
const name_of = (layout: Layout | undefined): string =>
  layout === HELD ? operation.name : (RECORDS.find((one) => one.layout === layout)?.name ?? 'unknown');
const at_each = (array: string, of: (i: string) => string) => `for (let i = 0; i < ${array}.length; i++) ${of('[i]')}`;
const block = (head: string, lines: readonly string[]): string =>
  `${head} {\n${lines.map((line) => `  ${line}`).join('\n')}\n}\n`;
const THREE = ['[0]', '[1]', '[2]'];

function copied({ path, field: { kind, of } }: Leaf): string[] {
  const [from, to] = [`from.${path}`, `to.${path}`];
  if (kind === 'rows') {
    const { type } = RECORDS.find((one) => one.layout === of) as Declared;
    return [at_each(from, (i) => `copy_${name_of(of)}(${from}${i} as ${type}, ${to}${i} as ${type});`)];
  }
  if (kind === 'tuple') return THREE.map((i) => `${to}${i} = ${from}${i};`);
  if (kind === 'flags' || kind === 'numbers' || kind === 'value') return [`if (${to} !== ${from}) ${to} = ${from};`];
  return [`${to} = ${from};`];
}

const copy = ({ name, type, layout }: Declared): string =>
  block(`export function copy_${name}(from: ${type}, to: ${type}): void`, leaves(layout, 'copy').flatMap(copied));

function compared({ path, field: { kind, of } }: Leaf): string[] {
  const [one, other] = [`one.${path}`, `other.${path}`];
  if (kind === 'rows') {
    const { type } = RECORDS.find((record) => record.layout === of) as Declared;
    const call = (i: string) =>
      `if (!same_${name_of(of)}(${one}${i} as ${type}, ${other}${i} as ${type})) return false;`;
    return [at_each(one, call)];
  }
  if (kind === 'tuple') return THREE.map((i) => `if (${one}${i} !== ${other}${i}) return false;`);
  if (kind === 'flags' || kind === 'numbers') return [`if (!same_items(${one}, ${other})) return false;`];
  return [`if (${one} !== ${other}) return false;`];
}

const same = ({ name, type, layout }: Declared): string =>
  block(`export function same_${name}(one: ${type}, other: ${type}): boolean`, [
    ...leaves(layout, 'equal').flatMap(compared),
    'return true;',
  ]);

/** Code for the number of a word in the list of its possible values. */
function number_of(at: string, among: readonly unknown[]): string {
  const [last, ...rest] = among.map((word, i) => [JSON.stringify(word), i] as const).reverse();
  return `(${rest
    .reverse()
    .map(([word, i]) => `${at} === ${word} ? ${i} : `)
    .join('')}${last?.[1]})`;
}

/** Packs small values side by side into 32-bit words. */
function words(small: readonly { text: string; bits: number }[]): string[] {
  const all: { text: string; bits: number }[] = [];
  for (const { text, bits } of small) {
    const word = all.at(-1);
    if (word && word.bits + bits <= 31)
      all[all.length - 1] = { text: `${word.text} | (${text} << ${word.bits})`, bits: word.bits + bits };
    else all.push({ text, bits });
  }
  return all.map(({ text }) => `put(${text});`);
}

function printed(layout: Layout): string[] {
  const small: { text: string; bits: number }[] = [];
  const large: string[] = [];
  for (const { path, field } of leaves(layout, 'print')) {
    const { kind, among, bits, clock } = field;
    const at = `of.${path}`;
    if (kind === 'bit') small.push({ text: `Number(${at})`, bits: 1 });
    else if (among) small.push({ text: number_of(at, among), bits: Math.ceil(Math.log2(among.length)) });
    else if (bits) small.push({ text: at, bits });
    else if (kind === 'int') large.push(`put(${at});`);
    else if (kind === 'nullable') large.push(`put(${at} ?? -1);`);
    else if (kind === 'moment') large.push(`put_any(${at} - of.${clock});`);
    else if (kind === 'tuple') large.push(...THREE.map((i) => `put_any(${at}${i});`));
    else if (kind === 'amount') large.push(`put_any(${at});`);
    else if (kind === 'wide amount') large.push(`put_any(Number(${at}));`);
  }
  return [...words(small), ...large];
}

const print = ({ name, type, layout }: Declared): string =>
  block(`export function put_${name}(of: ${type}): void`, printed(layout));

/** Code for an initial value; null if the maker of the record is given it. */
function initial({ begins, kind, of, anew }: Field<unknown>): string | null {
  if (kind === 'record' && anew === 'host') return null;
  if (kind === 'record' && of && begins === GIVEN) {
    const inside = Object.entries(of).map(([key, field]) => [key, initial(field)] as const);
    if (inside.some(([, text]) => text === null)) return null;
    const name = name_of(of);
    return name === 'unknown' ? `{ ${inside.map(([key, text]) => `${key}: ${text}`).join(', ')} }` : `begin_${name}()`;
  }
  if (begins === GIVEN) return null;
  return begins === Number.POSITIVE_INFINITY ? 'Number.POSITIVE_INFINITY' : JSON.stringify(begins);
}

/** A parameter with these fields; none if there are no fields. */
const parameter = (name: string, type: string, keys: readonly string[]): string[] =>
  keys.length === 0 ? [] : [`${name}: Pick<${type}, ${keys.map((key) => `'${key}'`).join(' | ')}>`];

/** The parameter that has the field's initial value: from the record's maker (`given`) or from the VM's (`vm`). */
const giver = ({ anew }: Field<unknown>): string => (anew === 'vm' ? 'vm' : 'given');

function begin({ name, type, layout }: Declared): string {
  const fields = Object.entries(layout).map(([key, field]) => ({ key, by: giver(field), text: initial(field) }));
  const given = (who: string) => fields.flatMap(({ key, by, text }) => (text === null && by === who ? [key] : []));
  const parameters = ['given', 'vm'].flatMap((who) => parameter(who, type, given(who)));
  return block(`export function begin_${name}(${parameters.join(', ')}): ${type}`, [
    'return {',
    ...fields.map(({ key, by, text }) => `  ${key}: ${text ?? `${by}.${key}`},`),
    '};',
  ]);
}

function renewed(to: string, key: string, field: Field<unknown>, when: Anew): string[] {
  const at = `${to}.${key}`;
  const text = initial(field);
  if (field.anew !== when) return [];
  if (field.kind === 'rows')
    return [at_each(at, (i) => `${at}${i} = ${giver(field)}.${key}${i} as (typeof ${at})[number];`)];
  if (field.kind === 'record' && field.of && text?.startsWith('begin_')) return [`renew_${text.slice(6, -2)}(${at});`];
  if (field.kind === 'record' && field.of)
    return Object.entries(field.of).map(
      ([inner, of]) => `${at}.${inner} = ${initial(of) ?? `${giver(field)}.${key}.${inner}`};`,
    );
  if (text === '[]') return [`if (${at}.length > 0) ${at} = [];`];
  return [`${at} = ${text ?? `${giver(field)}.${key}`};`];
}

/** Code that resets what begins anew with a VM or with a command. */
function renew({ name, type, layout }: Declared, when: Anew, suffix = ''): string {
  const fields = Object.entries(layout);
  const lines = fields.flatMap(([key, field]) => renewed('to', key, field, when));
  const given = fields.flatMap(([key]) => (lines.some((line) => line.includes(`vm.${key}`)) ? [key] : []));
  const parameters = [`to: ${type}`, ...parameter('vm', type, given)];
  return block(`export function renew_${name}${suffix}(${parameters.join(', ')}): void`, lines);
}

/** Code that gives a second VM the fields that all VMs of a host share. */
const share = ({ name, type, layout }: Declared): string =>
  block(
    `export function share_${name}(from: ${type}, to: ${type}): void`,
    Object.entries(layout).flatMap(([key, { anew }]) => (anew === 'host' ? [`to.${key} = from.${key};`] : [])),
  );

function adopted(layout: Layout, before = ''): string[] {
  return Object.entries(layout).flatMap(([key, { adopts, of, kind }]) => {
    if (kind === 'record' && of) return adopted(of, `${before}${key}.`);
    if (adopts === undefined && kind !== 'rows') throw new Error(`${before}${key}: the table must say what it adopts`);
    return typeof adopts === 'string' ? [`ref.${before}${key} = kvm.${adopts};`] : [];
  });
}

const adopt = ({ name, type, layout }: Declared, from: string): string =>
  block(`export function adopt_${name}(ref: ${type}, kvm: ${from}): void`, adopted(layout));

const HEAD = '/** Made by `npm run layouts` from the tables of state (docs/state.md): not to be changed by hand. */\n';
const KERNEL =
  "import type { Kvm, kvm_memory_slot, kvm_mmu_page, ListPass, NxList, Operation, Params, PassRecord, StepRecord, Worker } from '../../kernel/types';\n";
const file = (imports: string, functions: readonly string[]): string => [`${HEAD}${imports}`, ...functions].join('\n');

/** All generated files, by their paths from the root of the project. */
export const generated = (): ReadonlyMap<string, string> =>
  new Map([
    [
      'models/kernel/generated/begin.ts',
      file(KERNEL.replaceAll('../../kernel', '..'), [
        ...[kvm, slot, list, sp, worker, params, step_record, operation, list_pass, pass_record].map(begin),
        renew(kvm, 'vm', '_for_vm'),
        renew(kvm, 'command', '_for_command'),
        renew(step_record, 'command'),
        renew(operation, 'command'),
      ]),
    ],
    [
      'models/spec/generated/begin.ts',
      file("import type { Reference, Slot, Table } from '../state';\n", [
        ...[reference, reference_slot, table].map(begin),
        renew(reference, 'vm'),
        renew(reference, 'command', '_for_command'),
        share(reference),
      ]),
    ],
    [
      'models/lockstep/generated/adopt.ts',
      file(
        "import type { Kvm, kvm_memory_slot } from '../../kernel/types';\nimport type { Reference, Slot } from '../../spec/state';\n",
        [adopt(reference, 'Kvm'), adopt(reference_slot, 'kvm_memory_slot')],
      ),
    ],
    [
      'models/state/generated/kernel.ts',
      file(
        "import type { Fault, Kvm, kvm_memory_slot, kvm_mmu_page, ListPass, NxList, Operation, PassRecord, TlbEntry } from '../../kernel/types';\nimport { put, put_any } from '../hash';\nimport { same_items } from '../../world/repeat';\n",
        [
          ...[kvm, slot, list, sp].flatMap((one) => [copy(one), same(one), print(one)]),
          ...[
            operation,
            declared('fault', 'Fault', FAULT),
            list_pass,
            pass_record,
            declared('tlb_entry', 'TlbEntry', TLB_ENTRY),
          ].map(print),
        ],
      ),
    ],
    [
      'models/state/generated/reference.ts',
      file(
        "import type { Reference, Slot, Table } from '../../spec/state';\nimport { put, put_any } from '../hash';\nimport { same_items } from '../../world/repeat';\n",
        [reference, reference_slot, table].flatMap((one) => [copy(one), same(one), print(one)]),
      ),
    ],
  ]);

if (require.main === module) {
  for (const [path, text] of generated()) {
    const file = join(__dirname, '..', path);
    if (readFileSync(file, 'utf8') === text) continue;
    writeFileSync(file, text);
    process.stdout.write(`wrote ${path}\n`);
  }
}
