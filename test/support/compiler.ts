import { join } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '../..');
/** Of all programs of one test file, because most of them read the same declarations. */
const parsed = new Map<string, ts.SourceFile | undefined>();

interface Compilation {
  /** Texts of files that are not on the disk, by path. */
  readonly texts?: ReadonlyMap<string, string>;
  /** Rules beside those of this project. */
  readonly rules?: ts.CompilerOptions;
  /**
   * Whether a further file is checked. An application compiles declarations of the library, whatever rules its
   * sources follow.
   * @default none is
   */
  readonly alsoChecks?: (file: ts.SourceFile) => boolean;
}

/** Returns what TypeScript says about the files, each with its place. */
export function complaintsAbout(
  paths: readonly string[],
  { texts = new Map(), rules = {}, alsoChecks = () => false }: Compilation,
): string[] {
  const config = join(root, 'tsconfig.json');
  const json: unknown = ts.readConfigFile(config, (file) => ts.sys.readFile(file)).config;
  const { options } = ts.parseJsonConfigFileContent(json, ts.sys, root, rules, config);
  const program = ts.createProgram([...paths], options, hostWith(texts, options));
  const diagnostics = program
    .getSourceFiles()
    .filter((file) => paths.includes(file.fileName) || alsoChecks(file))
    .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]);
  return [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics(), ...diagnostics].map(textOf);
}

function hostWith(texts: ReadonlyMap<string, string>, options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (file) => texts.has(file) || fileExists.call(host, file);
  host.readFile = (file) => texts.get(file) ?? readFile.call(host, file);
  // Without it, folders that are not on the disk are looked into all the same.
  host.directoryExists = undefined;
  host.getSourceFile = (file, ...rest) => {
    const text = texts.get(file);
    if (text !== undefined) return ts.createSourceFile(file, text, rest[0]);
    if (!parsed.has(file)) parsed.set(file, getSourceFile.call(host, file, ...rest));
    return parsed.get(file);
  };
  return host;
}

function textOf({ file, start = 0, messageText }: ts.Diagnostic): string {
  const place = file
    ? `${file.fileName.slice(root.length + 1)}:${file.getLineAndCharacterOfPosition(start).line + 1}`
    : '';
  return `${place} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
}
