// Compiles lib with a counter at each branch, and the fuzzer as it is, into a folder.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '../..');
/** The function that notes a branch, see edges.ts. */
const HIT = '__hit';

const COMPILER_OPTIONS = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
};

/** @param edges the number of branches so far, as the only element of a list */
function instrument(edges) {
  return (context) => {
    const { factory } = context;
    const hit = () =>
      factory.createCallExpression(factory.createIdentifier(HIT), undefined, [
        factory.createNumericLiteral(edges[0]++),
      ]);
    const noted = (expression) =>
      factory.createParenthesizedExpression(factory.createComma(hit(), expression));
    const block = (statement) =>
      ts.isBlock(statement)
        ? factory.updateBlock(statement, [factory.createExpressionStatement(hit()), ...statement.statements])
        : factory.createBlock([factory.createExpressionStatement(hit()), statement], true);
    const SHORT = [
      ts.SyntaxKind.AmpersandAmpersandToken,
      ts.SyntaxKind.BarBarToken,
      ts.SyntaxKind.QuestionQuestionToken,
    ];
    const visit = (given) => {
      if (ts.isTypeNode(given) || ts.isInterfaceDeclaration(given) || ts.isTypeAliasDeclaration(given))
        return given;
      const node = ts.visitEachChild(given, visit, context);
      if (ts.isIfStatement(node))
        return factory.updateIfStatement(
          node,
          node.expression,
          block(node.thenStatement),
          node.elseStatement ? block(node.elseStatement) : block(factory.createBlock([])),
        );
      if (ts.isConditionalExpression(node))
        return factory.updateConditionalExpression(
          node,
          node.condition,
          node.questionToken,
          noted(node.whenTrue),
          node.colonToken,
          noted(node.whenFalse),
        );
      if (ts.isBinaryExpression(node) && SHORT.includes(node.operatorToken.kind))
        return factory.updateBinaryExpression(node, node.left, node.operatorToken, noted(node.right));
      if (ts.isCaseClause(node))
        return factory.updateCaseClause(node, node.expression, [
          factory.createExpressionStatement(hit()),
          ...node.statements,
        ]);
      if (ts.isForStatement(node))
        return factory.updateForStatement(
          node,
          node.initializer,
          node.condition,
          node.incrementor,
          block(node.statement),
        );
      if (ts.isForOfStatement(node))
        return factory.updateForOfStatement(
          node,
          node.awaitModifier,
          node.initializer,
          node.expression,
          block(node.statement),
        );
      if (ts.isWhileStatement(node))
        return factory.updateWhileStatement(node, node.expression, block(node.statement));
      if (ts.isCatchClause(node))
        return factory.updateCatchClause(node, node.variableDeclaration, block(node.block));
      return node;
    };
    return (file) => ts.visitNode(file, visit);
  };
}

function sourcesIn(folder) {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!\.d|\.spec)\.ts$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

/** @returns how many branches are counted */
export function build(folder) {
  const edges = [0];
  for (const path of [...sourcesIn('lib'), ...sourcesIn('test/fuzz'), 'test/support/secrets.ts']) {
    const transformers = path.startsWith('lib') ? { before: [instrument(edges)] } : undefined;
    const source = readFileSync(join(ROOT, path), 'utf8');
    const { outputText } = ts.transpileModule(source, { compilerOptions: COMPILER_OPTIONS, transformers });
    const target = join(folder, path.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
  }
  copyFileSync(join(ROOT, 'test/fuzz/texts.json'), join(folder, 'test/fuzz/texts.json'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  return edges[0];
}
