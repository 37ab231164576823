import type typescript from 'typescript';
import { lineBreakOf } from './project-tree.js';
import type { Typescript } from './project-typescript.js';
import { type RootModule, specifierOf } from './root-module.js';

/** A list of names, and from where to import them. */
export interface NeededImport {
  readonly from: string;
  readonly names: readonly string[];
}

interface Edit {
  readonly at: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Adds modules to the `imports` of a root module, in the file's own format.
 *
 * @param modules code of each module, with line breaks and two spaces of indentation
 * @returns the file, or `undefined` if `imports` is something else than a list, which only its author understands
 */
export function withModules(
  ts: Typescript,
  module: RootModule,
  modules: readonly string[],
  imports: readonly NeededImport[],
): string | undefined {
  const edit = listEdit(ts, module, modules);
  if (!edit) return undefined;
  const { source } = module;
  const edits = [edit, ...imports.flatMap((each) => importEdit(ts, source, each) ?? [])];
  const added = missingImports(ts, source, imports);
  return apply(source.text, [...edits, ...added]);
}

function listEdit(
  ts: Typescript,
  { source, metadata }: RootModule,
  modules: readonly string[],
): Edit | undefined {
  if (!metadata || !ts.isObjectLiteralExpression(metadata)) return undefined;
  const { properties } = metadata;
  const own = properties.find(
    ({ name }) => name && (name as Partial<typescript.Identifier>).text === 'imports',
  );
  // A spread may bring imports of its own, which a list of ours would replace.
  if (!own && properties.some((property) => ts.isSpreadAssignment(property))) return undefined;
  const { text } = source;
  const end = lineBreakOf(text);
  const outer = indentAt(text, own?.getStart(source) ?? metadata.getEnd() - 1);
  const unit = /\t/.test(outer) ? '\t' : '  ';
  const first = properties[0];
  const isFlat =
    !own && (!first || lineAt(source, first.getStart(source)) === lineAt(source, metadata.getStart(source)));
  const at = own || !first ? outer : indentAt(text, first.getStart(source));
  const property = own || (!isFlat && first) ? at : at + unit;
  const items = modules.map((code) => indented(code, property + unit, unit, end));
  const list = `[${end}${items.map((item) => `${property}${unit}${item},${end}`).join('')}${property}]`;
  if (!own) {
    const from = metadata.getStart(source) + 1;
    if (!first)
      return {
        at: from,
        end: metadata.getEnd() - 1,
        text: `${end}${property}imports: ${list},${end}${outer}`,
      };
    return isFlat
      ? { at: from, end: from, text: `${end}${property}imports: ${list},${end}${outer}` }
      : { at: from, end: from, text: `${end}${property}imports: ${list},` };
  }
  if (!ts.isPropertyAssignment(own) || !ts.isArrayLiteralExpression(own.initializer)) return undefined;
  return insertion(source, own.initializer, items, { list, property, unit, end });
}

interface Layout {
  readonly list: string;
  readonly property: string;
  readonly unit: string;
  readonly end: string;
}

function insertion(
  source: typescript.SourceFile,
  array: typescript.ArrayLiteralExpression,
  items: readonly string[],
  { list, property, unit, end }: Layout,
): Edit {
  const { elements } = array;
  const start = array.getStart(source);
  const inside = source.text.slice(start + 1, array.getEnd() - 1);
  const last = elements.at(-1);
  if (!last && inside.trim() === '') return { at: start, end: array.getEnd(), text: list };
  const isMultiline = lineAt(source, start) !== lineAt(source, array.getEnd());
  if (!isMultiline) {
    const texts = elements.map((element) => element.getText(source));
    // What is neither an element nor a comma is a comment, and stays where it is.
    const isPlain = compact(inside) === compact(texts.join());
    const kept = isPlain ? texts : [inside.trim().replace(/,$/, '')];
    // Behind a comment alone, a comma would make a hole in the list.
    const comma = last ? ',' : '';
    const lines = [...kept.map((text) => text + comma), ...items.map((item) => `${item},`)]
      .map((line) => `${property}${unit}${line}${end}`)
      .join('');
    return { at: start, end: array.getEnd(), text: `[${end}${lines}${property}]` };
  }
  const indent = last ? indentAt(source.text, last.getStart(source)) : property + unit;
  const code = items.map((item) => `${indent}${item},${end}`).join('');
  const close = source.text.lastIndexOf('\n', array.getEnd() - 1) + 1;
  const isOwnLine = source.text.slice(close, array.getEnd() - 1).trim() === '';
  if (!last || elements.hasTrailingComma || !isOwnLine) {
    const at = last && !isOwnLine ? last.getEnd() : close;
    return { at, end: at, text: last && !isOwnLine ? `,${end}${code.trimEnd().replace(/,$/, '')}` : code };
  }
  // Behind the last element there may be a comment, so the comma stands before it, and the modules behind.
  const rest = source.text.slice(last.getEnd(), close);
  return { at: last.getEnd(), end: close, text: `,${rest}${code}` };
}

/** Names that are added to an import that is there already. */
function importEdit(ts: Typescript, source: typescript.SourceFile, needed: NeededImport): Edit | undefined {
  const missing = missingNames(ts, source, needed);
  const elements = extensible(ts, source, needed.from)?.elements;
  const last = elements?.at(-1);
  if (missing.length === 0 || !last) return undefined;
  return { at: last.getEnd(), end: last.getEnd(), text: `, ${missing.join(', ')}` };
}

/** Imports of packages and files from which nothing is imported yet. */
function missingImports(
  ts: Typescript,
  source: typescript.SourceFile,
  imports: readonly NeededImport[],
): Edit[] {
  const declarations = source.statements.filter((statement) => ts.isImportDeclaration(statement));
  const last = declarations.at(-1);
  const end = lineBreakOf(source.text);
  const example = last?.getText(source) ?? "import '';";
  const quote = example.includes('"') ? '"' : "'";
  const semicolon = example.endsWith(';') ? ';' : '';
  const lines = imports.flatMap((needed) => {
    const names = missingNames(ts, source, needed);
    if (names.length === 0 || extensible(ts, source, needed.from)?.elements.length) return [];
    return [`import { ${names.join(', ')} } from ${quote}${needed.from}${quote}${semicolon}`];
  });
  if (lines.length === 0) return [];
  const at = last?.getEnd() ?? source.statements[0]?.getStart(source) ?? 0;
  return [{ at, end: at, text: lines.map((line) => (last ? end + line : line + end)).join('') }];
}

/** Returns a name that has to be imported, but that means something else in the file already. */
export function takenName(
  ts: Typescript,
  { source }: RootModule,
  imports: readonly NeededImport[],
): string | undefined {
  const taken = source.statements.flatMap((statement) => namesOf(ts, statement));
  return imports.flatMap((needed) => missingNames(ts, source, needed)).find((name) => taken.includes(name));
}

/** The names that a statement gives to the file. */
function namesOf(ts: Typescript, statement: typescript.Statement): string[] {
  if (ts.isImportDeclaration(statement)) {
    const { name, namedBindings: bindings } = statement.importClause ?? {};
    const named = bindings && ts.isNamedImports(bindings) ? bindings.elements : [];
    const whole = bindings && ts.isNamespaceImport(bindings) ? [bindings] : [];
    return [...(name ? [name] : []), ...[...named, ...whole].map((each) => each.name)].map(
      ({ text }) => text,
    );
  }
  const declared = ts.isVariableStatement(statement)
    ? statement.declarationList.declarations
    : [statement as typescript.Statement & { readonly name?: typescript.Node }];
  return declared.flatMap(({ name }) => (name && ts.isIdentifier(name) ? name.text : []));
}

function missingNames(
  ts: Typescript,
  source: typescript.SourceFile,
  { from, names }: NeededImport,
): string[] {
  const known = namedImports(ts, source, from).flatMap(({ elements }) => [...elements]);
  const bound = known.filter((each) => !each.propertyName && !each.isTypeOnly).map(({ name }) => name.text);
  return names.filter((name) => !bound.includes(name));
}

/** The list of names behind `import { … } from`, which others may join. */
function extensible(
  ts: Typescript,
  source: typescript.SourceFile,
  from: string,
): typescript.NamedImports | undefined {
  return namedImports(ts, source, from)[0];
}

function namedImports(
  ts: Typescript,
  source: typescript.SourceFile,
  from: string,
): typescript.NamedImports[] {
  return source.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) || specifierOf(statement) !== from) return [];
    const named = statement.importClause?.namedBindings;
    return named && ts.isNamedImports(named) && !isTypeOnly(statement) ? [named] : [];
  });
}

function isTypeOnly({ importClause }: typescript.ImportDeclaration): boolean {
  return (importClause as { readonly isTypeOnly?: boolean } | undefined)?.isTypeOnly === true;
}

function apply(text: string, edits: readonly Edit[]): string {
  return [...edits]
    .sort((a, b) => b.at - a.at)
    .reduce((result, edit) => result.slice(0, edit.at) + edit.text + result.slice(edit.end), text);
}

function compact(code: string): string {
  return code.replaceAll(/[\s,]/g, '');
}

function indented(code: string, indent: string, unit: string, end: string): string {
  const [first, ...rest] = code.split('\n');
  return [
    first,
    ...rest.map((line) => indent + line.replace(/^( {2})+/, (spaces) => unit.repeat(spaces.length / 2))),
  ].join(end);
}

function indentAt(text: string, position: number): string {
  const start = text.lastIndexOf('\n', position - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start))![0];
}

function lineAt(source: typescript.SourceFile, position: number): number {
  return source.getLineAndCharacterOfPosition(position).line;
}
