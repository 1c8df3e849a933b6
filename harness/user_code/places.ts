/** Where a user's files define what an implementation replaces: the names in object literals, by file and line. */
import { relative } from 'node:path';
import type ts from 'typescript';

/** A line of a file, from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** By name, where the member of an object literal is defined: the first in these files. A function that is only named there, where it is. */
export function places_in(compiler: typeof ts, sources: readonly ts.SourceFile[]): Readonly<Record<string, Place>> {
  const places = new Map<string, Place>();
  for (const source of sources) {
    const file = relative('.', source.fileName);
    const functions = new Map<string, ts.Node>();
    const note = (name: string, node: ts.Node) => {
      if (places.has(name)) return;
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      places.set(name, { file, line: line + 1 });
    };
    const find_functions = (node: ts.Node): void => {
      if (compiler.isFunctionDeclaration(node) && node.name) functions.set(node.name.text, node);
      if (compiler.isVariableDeclaration(node) && compiler.isIdentifier(node.name)) functions.set(node.name.text, node);
      compiler.forEachChild(node, find_functions);
    };
    const find_members = (node: ts.Node): void => {
      if (compiler.isObjectLiteralElementLike(node) && node.name && 'text' in node.name) {
        const { text } = node.name;
        const named =
          compiler.isPropertyAssignment(node) && compiler.isIdentifier(node.initializer) ? node.initializer.text : text;
        const elsewhere = compiler.isMethodDeclaration(node) ? undefined : functions.get(named);
        note(text, elsewhere ?? node);
      }
      compiler.forEachChild(node, find_members);
    };
    find_functions(source);
    find_members(source);
  }
  return Object.fromEntries(places);
}
