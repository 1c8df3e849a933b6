import { z } from 'zod';
import { CallError } from '../errors';
import { holds_shape, REGRESSION } from '../regression/regression';
import type { Suite } from '../suite';
import { first_sentence } from '../user_code/doc_comments';
import { type CliCommand, EXIT, not_both, type Open } from './cli';
import { json_line } from './json_line';
import { SHARED } from './options';
import { table } from './table';

/** `list`: what there is to name in a call or a fixture. */
export function list_command<View>(open: Open<View>): CliCommand {
  return {
    words: '',
    doc: 'variants, properties, goals and commands',
    options: {
      ops: { help: 'what an implementation may replace, and which variants call it' },
      schema: { help: 'the JSON Schema of a regression', more: true },
      json: SHARED.json,
    },
    async run(call, terminal, ledger) {
      if (call.words.length > 0) throw new CallError(`list takes no words, but "${call.words.join(' ')}"`);
      not_both(call, 'ops', 'schema');
      not_both(call, 'json', 'schema');
      const { suite } = await open(call);
      // Nothing is tried here.
      ledger.ask('lists', 1);
      ledger.done('lists', 1);
      if (call.flag('ops')) for (const line of entries(suite, call.flag('json'), terminal.columns)) terminal.out(line);
      else if (call.flag('schema')) for (const line of schema_text(suite).split('\n')) terminal.out(line);
      else if (call.flag('json')) terminal.out(json_line(everything(suite)));
      else for (const line of catalogue_report(suite, terminal.columns)) terminal.out(line);
      return EXIT.good;
    },
  };
}

/** A line for each entry that an implementation may replace. */
function entries<View>(
  { replaceable, variants }: Suite<View>,
  json: boolean,
  width = Number.POSITIVE_INFINITY,
): string[] {
  const all = [...replaceable()].map(([name, { doc, asked_by }]) => ({ name, doc, asked_by }));
  if (json) return all.map((entry) => json_line(entry));
  return table(
    all.map(({ name, doc, asked_by }) => {
      return { entry: name, doc: first_sentence(doc), 'called by': asked_text(asked_by, [...variants.keys()]) };
    }),
    width,
  );
}

/** The names, or those that are missing, whichever are fewer. */
function asked_text(names: readonly string[], all: readonly string[]): string {
  const others = all.filter((name) => !names.includes(name));
  if (others.length === 0) return 'all';
  return others.length < names.length ? `all but ${others.join(', ')}` : names.join(', ');
}

function everything<View>(suite: Suite<View>) {
  const { variants, properties, goals, commands } = suite;
  return {
    variants: [...variants.values()].map(({ name, kind, source, violates }) => ({ name, kind, source, violates })),
    properties: [...properties.values()].map(({ name, claim }) => ({ name, claim })),
    goals: [...goals.values()].map(({ name, claim }) => ({ name, claim })),
    commands: [...commands.values()].map(({ name, doc, args }) => {
      return {
        name,
        args: Object.fromEntries(Object.entries(args).map(([key, spec]) => [key, spec.range(suite.bounds)])),
        doc,
      };
    }),
  };
}

function catalogue_report<View>(suite: Suite<View>, width?: number): string[] {
  const { variants, properties, goals, commands } = everything(suite);
  return [
    ...table(
      variants.map(({ name, kind, violates, source }) => {
        return {
          variant: name,
          kind,
          expected: violates.length === 0 ? 'conforms' : `violates ${violates.length}`,
          source,
        };
      }),
      width,
    ),
    '',
    ...table(
      properties.map(({ name, claim }) => ({ property: name, claim })),
      width,
    ),
    '',
    ...table(
      goals.map(({ name, claim }) => ({ 'goal of a search': name, claim })),
      width,
    ),
    '',
    ...table(
      commands.map(({ name, args, doc }) => {
        const words = Object.entries(args).map(([key, range]) => `${key}=${range}`);
        return { command: [name, ...words].join(' '), doc };
      }),
      width,
    ),
    '',
    ...table(suite.argument_docs, width),
  ];
}

/** The JSON Schema of a regression, with the names there are: an editor offers them. */
function schema_text<View>({ variants, properties, seen_on_kernels }: Suite<View>): string {
  const names = z.enum([...variants.keys()]).meta({ id: 'implementation' });
  const shape = REGRESSION.extend({
    violates: z
      .partialRecord(names, z.enum([...properties.keys()]))
      .describe(REGRESSION.shape.violates.description ?? ''),
    kernels: z
      .record(z.string(), z.array(z.enum(seen_on_kernels)).min(1))
      .optional()
      .describe(REGRESSION.shape.kernels.description ?? ''),
    holds: holds_shape(names),
  });
  return JSON.stringify(z.toJSONSchema(shape), null, 2);
}
