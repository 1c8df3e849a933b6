import type { Command, Program } from '../program/command';
import { breach, type Property } from '../run/property';
import type { Session } from '../run/session';
import { type Exploration, explore } from './explore';
import type { StateSpace } from './state_space';

/** A toy with equal boxes. A box that was filled and then shaken often enough breaks when it is opened. */
interface Toy {
  boxes: number[];
  opened: number;
}
const BOXES = 3;
const alphabet: Command[] = ['fill', 'open'].flatMap((name) =>
  Array.from({ length: BOXES }, (_, box): Command => ({ name, args: { box } })),
);
alphabet.push({ name: 'shake', args: {} });

function start(): Session<Toy> {
  const view: Toy = { boxes: new Array<number>(BOXES).fill(0), opened: -1 };
  const step = ({ name, args }: Command) => {
    const box = Number(args['box']);
    view.opened = name === 'open' ? (view.boxes[box] as number) : -1;
    if (name === 'fill') view.boxes[box] = 1;
    if (name === 'open') view.boxes[box] = 0;
    if (name === 'shake') view.boxes = view.boxes.map((state) => (state === 0 ? 0 : state + 1));
    return true;
  };
  return { view, happened: [], step };
}

const breaks_at = (shakes: number): Property<Toy> => ({
  name: `survives-${shakes}`,
  claim: 'boxes stay whole',
  after: null,
  detail: null,
  even_in_a_crash: false,
  check: ({ opened }) => (opened > shakes ? breach('broken', 'whole') : null),
});

function copier() {
  return (from: Session<Toy>, to: Session<Toy>) => {
    to.view.boxes = [...from.view.boxes];
  };
}

const space: StateSpace<Toy> = {
  alphabet,
  start,
  paused: () => [],
  copyable: () => true,
  copier,
  fingerprint: ({ boxes }) => Number([...boxes].sort().join('')),
  unchanged: () => false,
  left_out_matters: () => false,
  most_permissive: null,
  commands: ({ boxes }) =>
    alphabet
      .map((_, number) => number)
      .filter((number) => {
        const box = alphabet[number]?.args['box'];
        return box === undefined || boxes.indexOf(boxes[Number(box)] as number) === box;
      }),
  may_break: (_, command) => alphabet[command ?? -1]?.name === 'open',
  permuted: (program: Program) =>
    program.map(({ name, args }) => {
      const { box } = args;
      return { name, args: box === undefined ? args : { box: (Number(box) + 1) % BOXES } };
    }),
};
const limits = { depth: 9, transitions: 1_000_000, stopped: () => false };
const texts = (program: Program = []) =>
  program.map(({ name, args }) => [name, args['box']].filter((word) => word !== undefined).join(' '));
const found = (exploration: Exploration, property: string) => texts(exploration.least.get(property)?.program);

describe('exhaustive search', () => {
  test('finds the minimal program, for each property', () => {
    const result = explore(space, new Map([1, 2, 4].map((n) => [breaks_at(n), null])), limits);
    expect(found(result, 'survives-1')).toEqual(['fill 0', 'shake', 'open 0']);
    expect(found(result, 'survives-2')).toEqual(['fill 0', 'shake', 'shake', 'open 0']);
    expect(found(result, 'survives-4')).toHaveLength(6);
    expect(result.cut_short).toBeNull();
  });

  test('finds the same program if one is known, whatever its length, with and without symmetry reduction', () => {
    const exact: StateSpace<Toy> = {
      ...space,
      fingerprint: ({ boxes }) => Number(boxes.join('')),
      commands: () => alphabet.map((_, number) => number),
      permuted: () => null,
    };
    for (const one of [space, exact]) {
      for (const known of [3, 4, 5, 6]) {
        const result = explore(one, new Map([[breaks_at(1), known]]), limits);
        expect(found(result, 'survives-1')).toEqual(['fill 0', 'shake', 'open 0']);
      }
    }
  });

  test('reports the depth, and that no property is violated', () => {
    const result = explore(space, new Map([[breaks_at(9), null]]), { ...limits, depth: 5 });
    expect(result).toMatchObject({ depth: 5, cut_short: null });
    expect(result.least.size).toBe(0);
  });

  test('stops at its limit, or on request', () => {
    const wanted = new Map([[breaks_at(9), null]]);
    expect(explore(space, wanted, { ...limits, transitions: 50 }).cut_short?.kind).toBe('limit');
    expect(explore(space, wanted, { ...limits, stopped: () => true }).cut_short?.kind).toBe('stopped');
  });
});

describe('a search that is not sound proves nothing', () => {
  const wanted = new Map([[breaks_at(9), null]]);

  test('an implementation that keeps state between programs', () => {
    let ever = 0;
    const secretive = () => {
      const session = start();
      const step = (command: Command) => {
        session.step(command);
        if (command.name === 'shake' && ++ever % 7 === 0) session.view.boxes[0] = 1;
        return true;
      };
      return { ...session, step };
    };
    const { cut_short } = explore({ ...space, start: secretive, permuted: () => null }, wanted, limits);
    expect(cut_short?.kind).toBe('state');
  });

  test('an implementation that breaks the symmetry', () => {
    const partial = () => {
      const session = start();
      const step = (command: Command) => {
        session.step(command);
        if (command.name === 'shake' && session.view.boxes[2] === 3) session.view.boxes[2] = 0;
        return true;
      };
      return { ...session, step };
    };
    expect(explore({ ...space, start: partial }, wanted, limits).cut_short?.kind).toBe('symmetry');
  });

  test('a state in which details outside the fingerprint matter', () => {
    const { cut_short } = explore({ ...space, left_out_matters: ({ boxes }) => boxes.includes(4) }, wanted, limits);
    expect(cut_short?.kind).toBe('symmetry');
  });

  test('a known program that the search does not find', () => {
    const blind: StateSpace<Toy> = { ...space, commands: (view) => space.commands(view).filter((one) => one !== 6) };
    expect(explore(blind, new Map([[breaks_at(1), 3]]), limits).cut_short?.kind).toBe('symmetry');
  });

  test('a violation at a command that cannot affect the property', () => {
    const odd: StateSpace<Toy> = { ...space, may_break: () => false };
    expect(explore(odd, new Map([[breaks_at(0), null]]), limits).cut_short?.kind).toBe('state');
  });
});
