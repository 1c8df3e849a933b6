import { type Equivalent, names, place_of, read_equivalents, source_of } from './equivalent';
import { judge_mutants, type Report, score } from './report';

const entries = read_equivalents();

test.each(entries)('$file: $code ($mutator) occurs exactly once', (entry) => {
  expect(place_of(entry, source_of(entry.file))).not.toBeNull();
});

test('no mutant has two entries', () => {
  const named = entries.flatMap((entry) => {
    const place = place_of(entry, source_of(entry.file));
    return entry.replacements.map((replacement) => `${entry.file} ${place} ${entry.mutator} ${replacement}`);
  });
  expect(named).toEqual([...new Set(named)]);
});

const SOURCE = 'if (a < b) {\n  stop();\n}\nif (a < c) stop();\n';
const entry: Equivalent = {
  file: 'x.ts',
  code: 'if (a < b) { stop',
  original: 'a < b',
  mutator: 'EqualityOperator',
  replacements: ['a <= b'],
  why: 'they are never equal',
};

describe('a mutant is identified by its code, at whatever line', () => {
  const mutant = { mutator: 'EqualityOperator', replacement: 'a <= b', first: 4, last: 8 };

  test('this one, and no other', () => {
    expect(names(entry, SOURCE, mutant)).toBe(true);
    expect(names(entry, `// A line more.\n${SOURCE}`, { ...mutant, first: 20, last: 24 })).toBe(true);
    expect(names(entry, SOURCE, { ...mutant, first: 29, last: 33 })).toBe(false);
    expect(names(entry, SOURCE, { ...mutant, replacement: 'a >= b' })).toBe(false);
    expect(names(entry, SOURCE, { ...mutant, mutator: 'ConditionalExpression' })).toBe(false);
  });

  test.each([
    ['code that is gone', { code: 'if (a < d)' }],
    ['code that occurs twice', { code: 'if (a <' }],
    ['a mutated part that the code does not have', { original: 'a > b' }],
  ])('%s', (_, change) => {
    expect(place_of({ ...entry, ...change }, SOURCE)).toBeNull();
  });
});

describe('a mutant that is not killed', () => {
  const mutant = (line: number, status: string, replacement = 'a <= b') => {
    const location = { start: { line, column: 5 }, end: { line, column: 10 } };
    return { mutatorName: 'EqualityOperator', replacement, location, status };
  };
  const report = (...mutants: Report['files'][string]['mutants']): Report => {
    return { files: { 'models/kernel/x.ts': { source: SOURCE, mutants } } };
  };

  test('is either equivalent or a survivor', () => {
    const all = [mutant(1, 'Survived'), mutant(4, 'Survived'), mutant(4, 'NoCoverage'), mutant(4, 'Killed')];
    const judged = judge_mutants(report(...all, mutant(4, 'Timeout'), mutant(4, 'Ignored')), [entry]);
    expect(judged.all).toEqual({ killed: 2, equivalent: 1, survived: 2 });
    expect(judged.survivors[0]).toBe('x.ts:4:5 EqualityOperator (Survived): if (a < c) stop();  =>  a <= b');
    expect(judged.wrong).toEqual([]);
    expect(score(judged.all)).toBe(0.5);
  });

  test('an entry is wrong if its mutant is killed or does not exist', () => {
    expect(judge_mutants(report(mutant(1, 'Killed')), [entry]).wrong[0]).toContain('not equivalent');
    expect(judge_mutants(report(mutant(4, 'Survived')), [entry]).wrong[0]).toContain('1 mutants named, 0 found');
    expect(judge_mutants(report(), [{ ...entry, file: 'y.ts' }]).wrong).toEqual([]);
  });
});
