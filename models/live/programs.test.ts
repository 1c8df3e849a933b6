import { parse_program, program_texts } from '../../harness/program/text';
import { bounds_of, COMMANDS, VARIANTS } from '../catalogue/catalogue';
import type { Variant } from '../catalogue/variant';
import { predict } from './model_machine';
import { live_programs, programs_about_entries } from './programs';
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

test.each(['linux-6.1', 'linux-6.12', 'linux-7.3'])(
  'programs about entries mean on %s what they mean to its reference',
  (name) => {
    const variant = VARIANTS.get(name) as Variant;
    const { world, draw } = programs_about_entries(variant.contract, { tdp_mmu: true });
    let remapped = 0;
    for (let index = 0; index < 32; index++) {
      const program = draw('entries', index);
      const texts = program_texts(COMMANDS, program);
      expect(parse_program(COMMANDS, bounds_of(world), texts)).toEqual(program);
      remapped += texts.filter((text) => text.startsWith('remap_entry') && text.includes('tracked=0')).length;
      const answer = predict(variant, world, program);
      expect({ index, death: answer.death }).toEqual({ index, death: null });
    }
    expect(remapped).toBeGreaterThan(32);
  },
);
