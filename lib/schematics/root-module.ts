import { posix } from 'node:path';
import type typescript from 'typescript';
import type { NestAddOptions, Project } from './project.js';
import { type ProjectTree, sourcesIn, textOf } from './project-tree.js';
import type { Typescript } from './project-typescript.js';

/** The class that an application begins with. */
export interface RootModule {
  readonly path: string;
  readonly source: typescript.SourceFile;
  readonly name: string;
  readonly isDefaultExport: boolean;
  /** What `@Module()` is given. */
  readonly metadata: typescript.Expression | undefined;
  /** The end of relative imports, as the project writes them. */
  readonly extension: '.js' | '';
}

interface Found extends Omit<RootModule, 'extension'> {}

const STARTS: readonly string[] = ['create', 'createApplicationContext', 'createMicroservice'];
const REMEDY = 'Name its file: nest add nestjs-client-sessions --module=src/app.module.ts';

/** Reads the sources of an application. */
export class Sources {
  readonly #ts: Typescript;
  readonly #tree: ProjectTree;
  readonly #paths: readonly string[];

  constructor(ts: Typescript, tree: ProjectTree, sourceRoot: string) {
    this.#ts = ts;
    this.#tree = tree;
    this.#paths = sourcesIn(tree.getDir(sourceRoot));
  }

  /** @throws Error if it is not clear which class that is */
  rootModule(project: Project, options: NestAddOptions): RootModule {
    const entry = this.#parse(project.entryFile);
    const found =
      options.module === undefined ? this.#startedModule(entry, project) : this.#only(options.module);
    const isWritten = (entry ?? found.source).statements.some(
      (statement) =>
        this.#ts.isImportDeclaration(statement) && /^\.{1,2}\/.*\.js$/.test(specifierOf(statement)),
    );
    const hasRelative = (entry ?? found.source).statements.some(
      (statement) => this.#ts.isImportDeclaration(statement) && specifierOf(statement).startsWith('.'),
    );
    return { ...found, extension: isWritten || (!hasRelative && project.isModule) ? '.js' : '' };
  }

  /** Finds the files that call a static method of a class, such as `ConfigModule.forRoot`. */
  callsOf(type: string, method: RegExp): readonly { readonly path: string; readonly text: string }[] {
    return this.#paths.flatMap((path) => {
      if (!textOf(this.#tree, path)?.includes(type)) return [];
      const source = this.#parse(path)!;
      const calls = this.#calls(source, (callee) => {
        const object = this.#ts.isIdentifier(callee.expression) && callee.expression.text;
        return object === type && method.test(callee.name.text);
      });
      return calls.map((call) => ({ path: path.replace(/^\//, ''), text: call.getText(source) }));
    });
  }

  #startedModule(entry: typescript.SourceFile | undefined, project: Project): Found {
    const [start] = entry
      ? this.#calls(
          entry,
          ({ expression, name }) => expression.getText(entry) === 'NestFactory' && STARTS.includes(name.text),
        )
      : [];
    const name = this.#firstName(start?.arguments[0]);
    if (!entry || name === undefined) {
      throw new Error(
        `${project.entryFile} must call NestFactory.create() with the class of the root module. ${REMEDY}`,
      );
    }
    const here = this.#modulesIn(entry).find((found) => found.name === name);
    return here ?? this.#imported(entry, name) ?? this.#byName(name);
  }

  /** Follows the import of a class that has a relative path. */
  #imported(entry: typescript.SourceFile, name: string): Found | undefined {
    for (const statement of entry.statements) {
      if (!this.#ts.isImportDeclaration(statement) || !specifierOf(statement).startsWith('.')) continue;
      const bindings = statement.importClause;
      const isDefault = bindings?.name?.text === name;
      const named = bindings?.namedBindings;
      const element =
        named && this.#ts.isNamedImports(named)
          ? named.elements.find((each) => each.name.text === name)
          : undefined;
      if (!isDefault && !element) continue;
      const path = posix.join(posix.dirname(entry.fileName), specifierOf(statement).replace(/\.js$/, ''));
      const file = [`${path}.ts`, `${path}/index.ts`].find((each) => this.#tree.exists(each));
      const modules = this.#modulesIn(file === undefined ? undefined : this.#parse(file));
      const original = (element?.propertyName ?? element?.name)?.text;
      const found = modules.find((each) => (isDefault ? each.isDefaultExport : each.name === original));
      if (found) return found;
    }
    return undefined;
  }

  /** For imports by an alias of paths, or by a file that exports others. */
  #byName(name: string): Found {
    const found = this.#paths
      .filter((path) => textOf(this.#tree, path)?.includes(name))
      .flatMap((path) => this.#modulesIn(this.#parse(path)))
      .filter((each) => each.name === name);
    if (found.length === 1) return found[0]!;
    throw new Error(
      `The root module ${name} must be one class with @Module(), and ${found.length} were found. ${REMEDY}`,
    );
  }

  #only(given: string): Found {
    const path = posix.normalize(given.replaceAll('\\', '/'));
    const modules = this.#modulesIn(this.#parse(path));
    if (modules.length === 1) return modules[0]!;
    throw new Error(
      `--module must be the path of a file with one class that has @Module(), ` +
        `and ${modules.length} were found there. ` +
        'Give the path from the root folder of the workspace.',
    );
  }

  #modulesIn(source: typescript.SourceFile | undefined): Found[] {
    const ts = this.#ts;
    return (source?.statements ?? []).flatMap((statement): Found[] => {
      if (!source || !ts.isClassDeclaration(statement)) return [];
      const calls = (ts.getDecorators(statement) ?? []).map(({ expression }) => expression);
      const decorator = calls.find(
        (call): call is typescript.CallExpression =>
          ts.isCallExpression(call) && call.expression.getText(source) === 'Module',
      );
      if (!decorator) return [];
      const modifiers = ts.getModifiers(statement) ?? [];
      return [
        {
          path: source.fileName,
          source,
          name: statement.name?.text ?? 'AppModule',
          isDefaultExport: modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword),
          metadata: decorator.arguments[0],
        },
      ];
    });
  }

  #calls(
    source: typescript.SourceFile,
    isWanted: (callee: typescript.PropertyAccessExpression) => boolean,
  ): typescript.CallExpression[] {
    const ts = this.#ts;
    const found: typescript.CallExpression[] = [];
    const visit = (node: typescript.Node): void => {
      if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
        if (isWanted(node.expression)) found.push(node);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  }

  /** `AppModule` of `AppModule`, and of `AppModule.register()`. */
  #firstName(node: typescript.Node | undefined): string | undefined {
    if (!node) return undefined;
    if (this.#ts.isIdentifier(node)) return node.text;
    if (this.#ts.isCallExpression(node) || this.#ts.isPropertyAccessExpression(node))
      return this.#firstName(node.expression);
    return undefined;
  }

  #parse(path: string): typescript.SourceFile | undefined {
    const text = textOf(this.#tree, path);
    if (text === undefined) return undefined;
    const name = path.replace(/^\//, '');
    return this.#ts.createSourceFile(name, text, this.#ts.ScriptTarget.Latest, true);
  }
}

/** Returns the path in an import. The grammar allows nothing but a string there. */
export function specifierOf({ moduleSpecifier }: typescript.ImportDeclaration): string {
  return (moduleSpecifier as typescript.StringLiteral).text;
}
