import { parseOptionsAndFile } from '../arguments.js';
import type { Command } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { examineApplication } from './application.js';
import { findingsJson, findingsText, hasFailed } from './finding.js';
import { examineInstallation } from './installation.js';
import { examineInstance } from './instance.js';

/** Says what will fail in production: from the options of an application, and from what a running one answers. */
export const doctor: Command = {
  summary: 'say what will fail in production, and why',
  help: `Usage: nestjs-client-sessions doctor [FILE] [--url URL] [--json]

  FILE        the built file of the root module, such as dist/app.module.js. It is imported with
              NODE_ENV=production, unless NODE_ENV is set. Of its modules, only those start that the
              options of the sessions come from: no database, no server. Secrets are fetched as usual
  --url URL   a page of a running instance that sets a session. It is visited with GET, and if the
              address begins with http: once more as a TLS proxy would
  --json      print the findings as JSON: { ok, findings: [{ level, check, message }] }

A finding "fails", is a "warning", or is a "note" on what only you can know. None holds a secret or the
value of a cookie.

Exit code: 0 if nothing fails, 1 if something does, 2 if it could not look.

Examples: npx nestjs-client-sessions doctor dist/app.module.js
          npx nestjs-client-sessions doctor --url https://shop.example/login --json
`,
  async run(args, terminal) {
    const { values, file } = parseOptionsAndFile(args, {
      url: { type: 'string' },
      json: { type: 'boolean' },
    });
    if (file === undefined && values.url === undefined) {
      throw new UsageError(
        'There is nothing to look at',
        'Give the built file of the root module, such as dist/app.module.js, or --url with an address, or both.',
      );
    }
    const findings = [
      ...(file === undefined ? [] : await examineApplication(file, terminal)),
      ...examineInstallation(file ?? 'package.json', terminal),
      ...(values.url === undefined ? [] : await examineInstance(values.url, terminal)),
    ];
    terminal.stdout.write(values.json ? findingsJson(findings) : findingsText(findings));
    return hasFailed(findings) ? 1 : 0;
  },
};
