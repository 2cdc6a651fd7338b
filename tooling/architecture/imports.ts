// What a TypeScript file imports and what it does at module level, read from its syntax tree. Knows nothing of rules.

import ts from 'typescript';

interface Import {
  readonly from: string;
  readonly line: number;
  /** Names needed at run time; empty for `import type` and for imports of types only. `*` stands for everything. */
  readonly runtimeNames: readonly string[];
}

export interface SourceFile {
  /** Relative to the root, with forward slashes: `packages/core/src/types.ts`. */
  readonly path: string;
  readonly imports: readonly Import[];
  /** Lines with `let` or `var` at module level. */
  readonly moduleState: readonly number[];
  /** `instanceof X` where X is not a global of the platform. */
  readonly instanceofs: readonly { readonly line: number; readonly name: string }[];
}

export function readSource(path: string, text: string): SourceFile {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const lineOf = (node: ts.Node): number => tree.getLineAndCharacterOfPosition(node.getStart()).line + 1;
  const imports: Import[] = [];
  const moduleState: number[] = [];
  const instanceofs: { line: number; name: string }[] = [];
  const declared = new Set<string>();

  const add = (node: ts.Node, from: ts.Expression | ts.TypeNode | undefined, runtimeNames: readonly string[]): void => {
    const literal = from && ts.isLiteralTypeNode(from) ? from.literal : from;
    if (literal && ts.isStringLiteralLike(literal)) imports.push({ from: literal.text, line: lineOf(node), runtimeNames });
  };

  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node, node.moduleSpecifier, importedNames(node.importClause));
      for (const name of localNames(node.importClause)) declared.add(name);
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
      add(node, node.moduleSpecifier, reexportedNames(node));
    } else if (ts.isImportTypeNode(node)) {
      add(node, node.argument, []);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node, node.arguments[0], ['*']);
    } else if (ts.isClassDeclaration(node) && node.name) {
      declared.add(node.name.text);
    } else if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword) {
      instanceofs.push({ line: lineOf(node), name: node.right.getText() });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);

  for (const statement of tree.statements) {
    const isState = ts.isVariableStatement(statement) && !(statement.declarationList.flags & ts.NodeFlags.Const);
    const isAmbient = ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some((m) => m.kind === ts.SyntaxKind.DeclareKeyword);
    if (isState && !isAmbient) moduleState.push(lineOf(statement));
  }
  return { path, imports, moduleState, instanceofs: instanceofs.filter(({ name }) => declared.has(name)) };
}

/** With `verbatimModuleSyntax` an import is erased exactly when it says `type`. */
function importedNames(clause: ts.ImportClause | undefined): readonly string[] {
  if (!clause) return ['*'];
  if (clause.isTypeOnly) return [];
  const names: string[] = clause.name ? ['default'] : [];
  const bindings = clause.namedBindings;
  if (bindings && ts.isNamespaceImport(bindings)) names.push('*');
  if (bindings && ts.isNamedImports(bindings)) {
    for (const element of bindings.elements) if (!element.isTypeOnly) names.push((element.propertyName ?? element.name).text);
  }
  return names;
}

function reexportedNames(node: ts.ExportDeclaration): readonly string[] {
  if (node.isTypeOnly) return [];
  if (!node.exportClause || ts.isNamespaceExport(node.exportClause)) return ['*'];
  return node.exportClause.elements.filter((e) => !e.isTypeOnly).map((e) => (e.propertyName ?? e.name).text);
}

function localNames(clause: ts.ImportClause | undefined): readonly string[] {
  const names: string[] = clause?.name ? [clause.name.text] : [];
  const bindings = clause?.namedBindings;
  if (bindings && ts.isNamedImports(bindings)) for (const element of bindings.elements) names.push(element.name.text);
  return names;
}
