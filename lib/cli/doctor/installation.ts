import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { Manifest, Terminal } from '../terminal.js';
import type { Finding } from './finding.js';
import { isInRange } from './version-range.js';

const PACKAGE = 'nestjs-client-sessions';

/** Looks at the versions around an application, and for further copies of this package. */
export function examineInstallation(
  file: string,
  terminal: Pick<Terminal, 'manifest' | 'nodeVersion'>,
): Finding[] {
  const { engines, peerDependencies } = terminal.manifest();
  const findings: Finding[] = [];
  if (!isInRange(terminal.nodeVersion, engines.node)) {
    findings.push({
      level: 'fails',
      check: 'versions',
      message: `Node ${terminal.nodeVersion} is not supported. Use one of: ${engines.node}.`,
    });
  }
  const from = resolve(file);
  const nest = versionOf('@nestjs/core', from);
  const range = peerDependencies['@nestjs/core']!;
  if (nest !== undefined && !isInRange(nest, range)) {
    findings.push({
      level: 'fails',
      check: 'versions',
      message: `Nest ${nest} is not supported. Use one of: ${range}.`,
    });
  }
  const copies = copiesFrom(from);
  if (copies.length > 1) {
    findings.push({
      level: 'warning',
      check: 'copies',
      message:
        `${copies.length} copies of ${PACKAGE} are installed (${copies.join(', ')}), ` +
        "and copies of different versions do not see each other's sessions. " +
        `Install one copy only; "npm ls ${PACKAGE}" shows where they come from.`,
    });
  }
  return findings;
}

/** Returns the version of a package as a file would load it. */
function versionOf(name: string, from: string): string | undefined {
  try {
    const manifest = createRequire(from).resolve(`${name}/package.json`);
    return (JSON.parse(readFileSync(manifest, 'utf8')) as Manifest).version;
  } catch {
    // It is not installed there, as in an application without Nest.
    return undefined;
  }
}

/** Finds the copies that an application and its direct dependencies would load, as versions. */
function copiesFrom(from: string): string[] {
  const folders = (createRequire(from).resolve.paths(PACKAGE) ?? []).filter((path) =>
    path.startsWith(rootOf(from)),
  );
  const nested = folders.flatMap((folder) =>
    packagesIn(folder).map((name) => join(folder, name, 'node_modules')),
  );
  const copies = new Map<string, string>();
  for (const folder of [...folders, ...nested]) {
    try {
      const path = realpathSync(join(folder, PACKAGE));
      copies.set(path, (JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Manifest).version);
    } catch {
      // There is no copy.
    }
  }
  return [...copies.values()];
}

/** The outermost folder above a file that has a package.json: copies above it belong to somebody else. */
function rootOf(file: string): string {
  let root = dirname(file);
  for (let folder = root; dirname(folder) !== folder; folder = dirname(folder)) {
    if (listed(folder).includes('package.json')) root = folder;
  }
  return root;
}

function packagesIn(folder: string): string[] {
  return listed(folder).flatMap((name) =>
    name.startsWith('@') ? listed(join(folder, name)).map((own) => join(name, own)) : [name],
  );
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // It is no folder, or one that is closed to this user.
    return [];
  }
}
