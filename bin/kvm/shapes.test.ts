import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import { known } from '../../harness/errors';
import { random_of_case } from '../../harness/generate/seed';
import { run } from '../../harness/run/run';
import { VARIANTS } from '../../models/catalogue/catalogue';
import { start_session, type View } from '../../models/lockstep/session';
import { SMALL_WORLD } from '../../models/world/world';
import { settle_shapes } from './shapes';
import { SUITE } from './suite';

setFlagsFromString('--allow-natives-syntax');
const of_one_shape = runInThisContext('(a, b) => %HaveSameMap(a, b)') as (a: object, b: object) => boolean;

/** The objects that nearly every function of the models has at hand, by name. */
const hot = (view: View): [string, object][] => {
  const { kvm, ref, audit } = view;
  const of = (name: string, of_all: readonly object[]) => of_all.map((one): [string, object] => [name, one]);
  return [
    ['view', view],
    ['kvm', kvm],
    ['record', kvm.record],
    ['params', kvm.params],
    ['worker', kvm.worker],
    ['world', kvm.world],
    ['lists', kvm.lists],
    ['memslots', kvm.memslots],
    ['ref', ref],
    ['slots', ref.slots],
    ['audit', audit],
    ...of('memslot', kvm.memslots),
    ...of('slot', ref.slots),
    ...of('sp', kvm.sps),
    ...of(
      'role',
      kvm.sps.map(({ role }) => role),
    ),
    ...of('table', ref.tables),
    ...of('mapped', Object.values(ref.views)),
    ...(view.other ? hot(view.other) : []),
  ];
};

test('after the first program no other changes the shape of an object', () => {
  settle_shapes();
  const v6_18 = known('variant', 'v6.18', VARIANTS);
  const program = SUITE.programs.draw(random_of_case('shapes', 0));
  const first = start_session(v6_18, SMALL_WORLD);
  run(first, program, [], { to_the_end: true });
  const shapes = new Map(hot(first.view));
  const others = new Set<string>();
  for (let i = 1; i < 300; i++) {
    const session = start_session(v6_18, SMALL_WORLD);
    run(session, SUITE.programs.draw(random_of_case('shapes', i)), [], { to_the_end: true });
    for (const [name, object] of hot(session.view)) {
      const shape = shapes.get(name);
      if (shape === undefined) shapes.set(name, object);
      else if (!of_one_shape(shape, object)) others.add(name);
    }
  }
  expect([...others]).toEqual([]);
  expect(shapes.size).toBeGreaterThan(15);
});
