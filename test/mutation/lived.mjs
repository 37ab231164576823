// Prints what lived as soon as it is known, since a whole run takes long.

import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';

import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';

const file = `test/mutation/reports/${process.env.MUTATION_PASS ?? 'fast'}-lived.txt`;
const worthReading = ['Survived', 'NoCoverage', 'Ignored', 'RuntimeError', 'Timeout'];

class LivedReporter {
  onDryRunCompleted() {
    mkdirSync('test/mutation/reports', { recursive: true });
    writeFileSync(file, '');
  }

  onMutantTested({ status, fileName, location, mutatorName, replacement }) {
    if (!worthReading.includes(status)) return;
    const { line, column } = location.start;
    const to = replacement?.replaceAll(/\s+/g, ' ').slice(0, 160);
    appendFileSync(file, `${status} ${fileName}:${line}:${column} ${mutatorName} → ${to}\n`);
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Reporter, 'lived', LivedReporter)];
