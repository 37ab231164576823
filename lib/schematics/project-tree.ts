/**
 * What this schematic needs of a project's files. The trees of all releases of the Angular DevKit have it, so that
 * this package depends on none of them.
 */
export interface ProjectTree {
  exists(path: string): boolean;
  read(path: string): Uint8Array | null;
  create(path: string, content: string): void;
  overwrite(path: string, content: string): void;
  getDir(path: string): ProjectFolder;
}

export interface ProjectFolder {
  readonly path: string;
  readonly subdirs: readonly string[];
  readonly subfiles: readonly string[];
  dir(name: string): ProjectFolder;
}

/** Returns the text of a file, or `undefined` if there is none. */
export function textOf(tree: ProjectTree, path: string): string | undefined {
  if (!tree.exists(path)) return undefined;
  return Buffer.from(tree.read(path) ?? []).toString('utf8');
}

/** Creates a file or replaces it. */
export function write(tree: ProjectTree, path: string, text: string): void {
  if (tree.exists(path)) tree.overwrite(path, text);
  else tree.create(path, text);
}

/** @throws Error if the file is not JSON */
export function jsonOf<T>(tree: ProjectTree, path: string): T | undefined {
  const text = textOf(tree, path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as T;
  } catch {
    // The error of JSON.parse quotes the file, which may hold anything.
    throw new Error(`${path} must be JSON. Correct it, and run this again.`);
  }
}

const NOT_SOURCES = /^(\.|node_modules$|dist$|coverage$)/;

/** Returns the paths of the TypeScript sources in a folder and below it, without tests and declarations. */
export function sourcesIn(folder: ProjectFolder): string[] {
  const own = folder.subfiles.filter((name) => /(?<!\.d|spec|test)\.[cm]?ts$/.test(name));
  const folders = folder.subdirs.filter((name) => !NOT_SOURCES.test(name));
  return [
    ...own.map((name) => `${folder.path.replace(/\/$/, '')}/${name}`),
    ...folders.flatMap((name) => sourcesIn(folder.dir(name))),
  ];
}

/** Returns the line break that a text uses. */
export function lineBreakOf(text: string): '\r\n' | '\n' {
  return text.includes('\r\n') ? '\r\n' : '\n';
}
