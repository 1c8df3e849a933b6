/** Variables of a user's modules that are written to while programs run: what one program does may depend on those before it. */
import { basename } from 'node:path';
import type ts from 'typescript';

/** Methods that change the array, map or set that they are called on. */
const CHANGING = new Set(['push', 'pop', 'shift', 'unshift', 'splice', 'fill', 'set', 'add', 'delete', 'clear']);
/** What is kept by the machine it belongs to goes with it. */
const GOES_ALONG = new Set(['WeakMap', 'WeakSet']);

/** Each such variable as `file.ts:LINE: NAME`, in the order of the files. */
export function module_state(compiler: typeof ts, program: ts.Program, files: readonly ts.SourceFile[]): string[] {
  const checker = program.getTypeChecker();
  const written = new Set<ts.Symbol>();
  const note = (node: ts.Node): void => {
    const symbol = checker.getSymbolAtLocation(root_of(compiler, node));
    const alias = symbol && symbol.flags & compiler.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    if (alias) written.add(alias);
  };
  const visit = (node: ts.Node, in_function: boolean): void => {
    if (in_function) for (const target of targets_of(compiler, node)) note(target);
    const inside = in_function || compiler.isFunctionLike(node);
    compiler.forEachChild(node, (child) => visit(child, inside));
  };
  for (const file of files) visit(file, false);
  return files.flatMap((file) =>
    variables_of(compiler, file).flatMap((name) => {
      const symbol = checker.getSymbolAtLocation(name);
      if (!symbol || !written.has(symbol)) return [];
      if (GOES_ALONG.has(checker.getTypeAtLocation(name).symbol?.name ?? '')) return [];
      const { line } = file.getLineAndCharacterOfPosition(name.getStart(file));
      return [`${basename(file.fileName)}:${line + 1}: ${name.text}`];
    }),
  );
}

/** The names of the variables at the top level of a file. */
function variables_of(compiler: typeof ts, file: ts.SourceFile): ts.Identifier[] {
  const lists = file.statements.flatMap((one) =>
    compiler.isVariableStatement(one) ? one.declarationList.declarations : [],
  );
  return lists.flatMap(({ name }) => (compiler.isIdentifier(name) ? [name] : []));
}

/** What this piece of code writes to, if it does. */
function targets_of(compiler: typeof ts, node: ts.Node): ts.Node[] {
  if (compiler.isBinaryExpression(node) && is_assignment(compiler, node.operatorToken.kind)) return [node.left];
  if (compiler.isPostfixUnaryExpression(node)) return [node.operand];
  const { PlusPlusToken, MinusMinusToken } = compiler.SyntaxKind;
  if (compiler.isPrefixUnaryExpression(node))
    return node.operator === PlusPlusToken || node.operator === MinusMinusToken ? [node.operand] : [];
  if (compiler.isDeleteExpression(node)) return [node.expression];
  if (!compiler.isCallExpression(node) || !compiler.isPropertyAccessExpression(node.expression)) return [];
  return CHANGING.has(node.expression.name.text) ? [node.expression.expression] : [];
}

const is_assignment = ({ SyntaxKind }: typeof ts, kind: ts.SyntaxKind): boolean =>
  kind >= SyntaxKind.FirstAssignment && kind <= SyntaxKind.LastAssignment;

/** `a` in `a.b[c]`. */
function root_of(compiler: typeof ts, node: ts.Node): ts.Node {
  const inner = compiler.isPropertyAccessExpression(node) || compiler.isElementAccessExpression(node);
  const wrapped = compiler.isParenthesizedExpression(node) || compiler.isNonNullExpression(node);
  return inner || wrapped ? root_of(compiler, node.expression) : node;
}
