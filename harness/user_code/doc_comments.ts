/** What the source says of itself: the doc comments of an interface, for those who ask on the command line. */
import { readFileSync } from 'node:fs';
import type ts from 'typescript';

/** The doc comments of an interface's members, by member, lines joined. Throws an error if the file has no such interface. */
export function doc_comments(file: string, name: string): Map<string, string> {
  // Loaded when first needed: it is large.
  const compiler: typeof ts = require('typescript');
  const source = compiler.createSourceFile(file, readFileSync(file, 'utf8'), compiler.ScriptTarget.ES2022, true);
  const found = source.statements
    .filter(compiler.isInterfaceDeclaration)
    .find((statement) => statement.name.text === name);
  if (!found) throw new Error(`${file} has no interface ${name}`);
  return new Map(
    found.members.map((member) => {
      const text = compiler
        .getJSDocCommentsAndTags(member)
        .map(({ comment }) => compiler.getTextOfJSDocComment(comment));
      return [member.name?.getText(source) ?? '', text.join(' ').replaceAll(/\s+/g, ' ')];
    }),
  );
}

/** The first sentence. A number has a point, too, but no space after it. */
export const first_sentence = (text: string): string => /^.*?\.(?=\s|$)/.exec(text)?.[0] ?? text;
