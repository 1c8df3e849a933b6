import { SUITE } from '../../bin/kvm/suite';
import { known } from '../../harness/errors';
import { random_of_case } from '../../harness/generate/seed';
import { command_text, parse_program } from '../../harness/program/text';
import { COMMANDS, VARIANTS } from '../catalogue/catalogue';
import { SMALL_WORLD } from '../world/world';
import { frame_of, type SideSeen } from './frames';
import { start_session } from './session';

const begin = (name: string) => start_session(known('variant', name, VARIANTS), SMALL_WORLD);
const frame = (session: ReturnType<typeof begin>) =>
  frame_of(session.view, (command) => command_text(COMMANDS, command));

/** What both sides say of themselves in the same way. */
const in_common = ({ tables, leaves }: SideSeen) => ({
  tables: tables.map(({ tree, level, region, list }) => `${tree} ${level} ${region} ${list}`).sort(),
  leaves: leaves.map(({ mmu, level, region, offset }) => `${mmu} ${level} ${region} ${offset}`).sort(),
});

test.each(['v5.12', 'v6.1', 'v6.18'])('%s: wherever they can be compared, both sides have the same', (name) => {
  let compared = 0;
  for (let i = 0; i < 40; i++) {
    const session = begin(name);
    for (const command of SUITE.programs.draw(random_of_case('frames', i))) {
      session.step(command);
      const { implementation, reference, comparable } = frame(session);
      if (!comparable) continue;
      compared++;
      expect(in_common(implementation)).toEqual(in_common(reference));
    }
  }
  expect(compared).toBeGreaterThan(100);
});

test('a frame is plain data: it survives being written and read, and tells who is paused', () => {
  const session = begin('v6.18');
  const program = ['guest_exec mmu=tdp page=0 offset=0', 'recover ratio=1 pause=1'];
  for (const command of parse_program(COMMANDS, SUITE.bounds, program)) session.step(command);
  const seen = frame(session);
  expect(JSON.parse(JSON.stringify(seen))).toEqual(seen);
  expect(seen.paused).toEqual([expect.objectContaining({ thread: 'worker', command: 'recover ratio=1 pause=1' })]);
  expect(seen.comparable).toBe(false);
});
