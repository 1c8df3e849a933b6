import { parse_program, program_texts } from '../../harness/program/text';
import { bounds_of, COMMANDS, VARIANTS } from '../catalogue/catalogue';
import type { Variant } from '../catalogue/variant';
import { predict } from './model_machine';
import { live_programs } from './programs';
import { seen_of } from './seen';

/** Arguments that a kernel lacks are left out of its programs, and out of the text that the agent reads. */
test.each(['v6.1', 'v6.4', 'v6.18'])('programs for a kernel like %s mean what their text means', (name) => {
  const variant = VARIANTS.get(name) as Variant;
  const { world, draw } = live_programs(variant.contract, { tdp_mmu: true, nested: true, giant: false });
  for (let index = 0; index < 64; index++) {
    const program = draw('text', index);
    const read = parse_program(COMMANDS, bounds_of(world), program_texts(COMMANDS, program));
    expect({ index, program }).toEqual({ index, program: read });
    const answer = predict(variant, world, read);
    expect({ index, answer: predict(variant, world, program) }).toEqual({ index, answer });
    const wants = (one: typeof program) => seen_of(variant.contract, world, one, answer).map(({ want }) => want);
    expect({ index, wants: wants(program) }).toEqual({ index, wants: wants(read) });
  }
});
