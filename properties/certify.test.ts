import { SUITE } from '../bin/kvm/suite';
import { certify, shrink } from '../harness/certify/certify';
import { random_of_case } from '../harness/generate/seed';
import { type Program, pauses_in } from '../harness/program/command';
import { parse_program, program_texts } from '../harness/program/text';
import { run } from '../harness/run/run';

const LONG_ON_KERNELS = [
  'page-stats-count-leaves',
  'cleared-pages-are-small',
  'huge-pages-return',
  'to-zap-nonzero-when-splits-exist',
  'primitives-are-used-rightly',
];
/** Proofs that take long; `shrink` makes them. Of B46 and B47, four commands and a pause; of B50, five commands; of B52 to B54, programs of a larger alphabet; of B58, four commands; of B59, five. What is long about the kernels as shipped is B30's, B35's, B38's, B41's, B42's, B51's and B53's. */
const is_long = (name: string, property: string) =>
  [
    'B1',
    'B35',
    'B37',
    'B38',
    'B39',
    'B41',
    'B42',
    'B46',
    'B47',
    'B50',
    'B51',
    'B52',
    'B53',
    'B54',
    'B58',
    'B59',
  ].includes(name) ||
  (name.startsWith('linux-') && LONG_ON_KERNELS.includes(property));

const defects = [...SUITE.variants.values()]
  .map(({ name, violates }) => ({ name, properties: violates.filter((property) => !is_long(name, property)) }))
  .filter(({ properties }) => properties.length > 0);

/** The first program of a campaign that breaks it, shrunk. */
function small_one(name: string, property: string, seed: string): Program {
  const claim = SUITE.properties.get(property);
  for (let i = 0; claim && i < 500; i++) {
    const program = SUITE.programs.draw(random_of_case(seed, i));
    if (run(SUITE.start(name), program, [claim]).length > 0) return shrink(SUITE, name, property, program);
  }
  throw new Error(`${name} does not break ${property}`);
}

/** By property, a small program that breaks it. */
type Small = Readonly<Record<string, Program>>;

/** Nothing but lengths and pauses tells the search for a certificate about the programs that are known. */
const searched_alike = (one: Small, other: Small): boolean =>
  Object.entries(one).every(([property, program]) => {
    const same = other[property] ?? [];
    return program.length === same.length && pauses_in(program) === pauses_in(same);
  });

test.each(defects)('$name, $properties: two seeds, one program each, proven minimal', ({ name, properties }) => {
  const limits = { transitions: 4_000_000, stopped: () => false };
  const [small, small_too] = ['two', 'three'].map((seed) =>
    Object.fromEntries(properties.map((property) => [property, small_one(name, property, seed)])),
  ) as [Small, Small];
  const found = certify(SUITE, name, small, limits);
  expect(found.filter(({ certificate }) => !certificate.certified)).toEqual([]);
  expect(found.filter(({ program, found: { step } }) => step !== program.length - 1)).toEqual([]);
  // Where the search would be the same once more, so is what it finds.
  const found_too = searched_alike(small, small_too) ? found : certify(SUITE, name, small_too, limits);
  const texts = (all: typeof found) =>
    all.map(({ property, program }) => [property, program_texts(SUITE.commands, program)]);
  expect(texts(found_too)).toEqual(texts(found));
});

test('of two programs the one without pauses is simpler, though it is longer', () => {
  const texts = ['guest_exec mmu=tdp page=8 offset=0', 'recover ratio=1 pause=1'];
  const known = { 'primitives-are-used-rightly': parse_program(SUITE.commands, SUITE.bounds, texts) };
  const [one] = certify(SUITE, 'V7', known, { transitions: 1_000_000, stopped: () => false });
  const without = ['guest_exec mmu=tdp page=0 offset=0', 'invalidate page=0', 'recover ratio=1'];
  expect(program_texts(SUITE.commands, one?.program ?? [])).toEqual(without);
  expect(one?.certificate.certified).toBe(true);
});
