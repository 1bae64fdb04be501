/** One-line mutants of a TypeScript file: small faults, each of which some test should notice. */
import ts from 'typescript';

export interface Mutant {
  /** From 1. */
  readonly line: number;
  /** What stands there, and what the mutant has in its place. */
  readonly from: string;
  readonly to: string;
  /** The whole file with the fault in it. */
  readonly text: string;
}

const operators = new Map<ts.SyntaxKind, string>([
  [ts.SyntaxKind.LessThanToken, '<='],
  [ts.SyntaxKind.LessThanEqualsToken, '<'],
  [ts.SyntaxKind.GreaterThanToken, '>='],
  [ts.SyntaxKind.GreaterThanEqualsToken, '>'],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, '==='],
  [ts.SyntaxKind.AmpersandAmpersandToken, '||'],
  [ts.SyntaxKind.BarBarToken, '&&'],
  [ts.SyntaxKind.PlusToken, '-'],
  [ts.SyntaxKind.MinusToken, '+'],
  [ts.SyntaxKind.PlusEqualsToken, '-='],
  [ts.SyntaxKind.MinusEqualsToken, '+='],
]);

/**
 * The mutants of the lines for which `isWanted` is true, in the order of the file: comparison and arithmetic operators,
 * conditions, Boolean values, and calls and assignments that are left out.
 */
export function mutantsOf(text: string, isWanted: (line: number) => boolean): Mutant[] {
  const file = ts.createSourceFile('mutant.ts', text, ts.ScriptTarget.Latest, true);
  const mutants: Mutant[] = [];

  function replace(node: ts.Node, to: string): void {
    const start = node.getStart(file);
    const line = file.getLineAndCharacterOfPosition(start).line + 1;
    if (!isWanted(line)) return;
    const from = node.getText(file);
    mutants.push({ line, from, to, text: text.slice(0, start) + to + text.slice(node.end) });
  }

  function visit(node: ts.Node): void {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node)) return;
    if (ts.isBinaryExpression(node)) {
      const other = operators.get(node.operatorToken.kind);
      const isText = [node.left, node.right].some((side) => ts.isStringLiteralLike(side));
      const isSum = ['+', '+='].includes(node.operatorToken.getText(file));
      if (other !== undefined && !(isText && isSum)) replace(node.operatorToken, other);
    } else if (node.kind === ts.SyntaxKind.TrueKeyword) {
      replace(node, 'false');
    } else if (node.kind === ts.SyntaxKind.FalseKeyword) {
      replace(node, 'true');
    } else if (ts.isIfStatement(node)) {
      replace(node.expression, 'false');
    } else if (ts.isExpressionStatement(node) && hasEffect(node.expression)) {
      replace(node, ';');
    }
    ts.forEachChild(node, visit);
  }
  visit(file);
  return mutants;
}

/** A call or an assignment; `super()` cannot be left out. */
function hasEffect(expression: ts.Expression): boolean {
  if (ts.isVoidExpression(expression) || ts.isAwaitExpression(expression)) {
    return hasEffect(expression.expression);
  }
  if (ts.isCallExpression(expression)) {
    return expression.expression.kind !== ts.SyntaxKind.SuperKeyword;
  }
  if (ts.isPostfixUnaryExpression(expression)) return true;
  return (
    ts.isBinaryExpression(expression) && expression.operatorToken.kind === ts.SyntaxKind.EqualsToken
  );
}
