/** Installs what the benchmarks compare the library with, unless that is done, and builds the library. */
import { execSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = new URL('.', import.meta.url);
if (!existsSync(new URL('node_modules/', here))) run('npm ci', here);
run('npm run build', new URL('../../', here));

function run(command, folder) {
  execSync(command, { cwd: fileURLToPath(folder), stdio: ['ignore', 'ignore', 'inherit'] });
}
