import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import ts from 'typescript';

/** A row: the neighbour, its outcomes on Express with Nest 12 and 11, on Fastify with both, and its test. */
type Row = readonly string[];

const page = readFileSync('docs/neighbours.md', 'utf8');
const [, marked = ''] = /<!-- matrix -->(.*?)<!-- \/matrix -->/s.exec(page) ?? [];
const table: readonly Row[] = marked
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(2)
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

test('the table of neighbours is what the tests declare: if it is not, call `npm run matrix`', () => {
  const declared = declaredRows();
  expect(declared.length).toBeGreaterThan(10);
  expect(table).toEqual(declared);
});

/** What the calls of `neighbour()` in all tests declare. */
function declaredRows(): Row[] {
  const rows = new Map<string, string[]>();
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((path) => path.endsWith('spec.ts')).sort()) {
    const path = join('test', file);
    const text = readFileSync(path, 'utf8');
    if (!/\bneighbour\(/.test(text)) continue;
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && node.expression.getText() === 'neighbour') declare(rows, path, node);
      else ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true));
  }
  return [...rows.values()].sort(([a], [b]) => a!.localeCompare(b!, 'en'));
}

function declare(rows: Map<string, string[]>, path: string, call: ts.CallExpression): void {
  const [name, promised] = call.arguments;
  if (!name || !ts.isStringLiteral(name) || !promised || !ts.isObjectLiteralExpression(promised))
    throw new Error(`${path}: write the name and the promise of a neighbour as literals`);
  const values = new Map(
    promised.properties.map((property) => {
      if (!ts.isPropertyAssignment(property) || !ts.isLiteralExpression(property.initializer))
        throw new Error(`${path}: write the promise of ${name.text} as literals`);
      return [property.name.getText(), property.initializer.text];
    }),
  );
  const row = rows.get(name.text) ?? [name.text, '–', '–', '–', '–', `[test](../${path})`];
  ['express', 'fastify'].forEach((platform, i) =>
    ['12', '11'].forEach((nest, j) => {
      if ((values.get('nest') ?? nest) === nest) row[1 + 2 * i + j] = values.get(platform) ?? '–';
    }),
  );
  rows.set(name.text, row);
}
