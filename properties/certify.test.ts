import { certify, shrink } from '../harness/certify';
import type { Program } from '../harness/command';
import { program_texts } from '../harness/program';
import { run } from '../harness/run';
import { random_of_case } from '../harness/seed';
import { SUITE } from './suite';

/** Proofs that take seconds; `shrink` makes them. What is long about the kernels as shipped is B30's and B38's. */
const is_long = (pair: { name: string; property: string }) =>
  ['B1', 'B37', 'B39'].includes(pair.name) ||
  (pair.name.startsWith('linux-') && ['huge-pages-return', 'to-zap-nonzero-when-splits-exist'].includes(pair.property));

const pairs = [...SUITE.variants.values()]
  .flatMap(({ name, violates }) => violates.map((property) => ({ name, property })))
  .filter((pair) => !is_long(pair));

/** The first program of a campaign that breaks it. */
function first_that_breaks(name: string, property: string, seed: string): Program {
  const claim = SUITE.properties.get(property);
  for (let i = 0; claim && i < 500; i++) {
    const program = SUITE.programs.draw(random_of_case(seed, i));
    if (run(SUITE.start(name), program, [claim]).length > 0) return program;
  }
  throw new Error(`${name} does not break ${property}`);
}

test.each(pairs)('$name, $property: two seeds, one program, proven shortest', ({ name, property }) => {
  const limits = { transitions: 1_000_000, stopped: () => false };
  const [one, other] = ['one', 'other'].map((seed) => {
    const small = shrink(SUITE, name, property, first_that_breaks(name, property, seed));
    return certify(SUITE, name, { [property]: small }, limits)[0];
  });
  expect(one?.certificate).toMatchObject({ certified: true });
  expect(one?.found.step).toBe((one?.program.length ?? 0) - 1);
  expect(program_texts(SUITE.commands, other?.program ?? [])).toEqual(
    program_texts(SUITE.commands, one?.program ?? []),
  );
});
