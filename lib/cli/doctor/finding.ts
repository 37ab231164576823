import { jsonText } from '../text.js';

/**
 * How bad it is. `fails`: something will not work in production. `warning`: it works, but probably not as intended.
 * `note`: only the reader can know.
 */
export type Level = 'fails' | 'warning' | 'note';

/** What the doctor looks at. */
export type Check =
  | 'options'
  | 'secret'
  | 'proxy'
  | 'prefix'
  | 'attributes'
  | 'headers'
  | 'scopes'
  | 'logins'
  | 'clock'
  | 'versions'
  | 'copies';

/** Something that the doctor has found. The message ends with the remedy, and holds no secret and no cookie value. */
export interface Finding {
  readonly level: Level;
  readonly check: Check;
  readonly message: string;
}

const ORDER: readonly Level[] = ['fails', 'warning', 'note'];
const NOTHING = 'Nothing was found that will fail in production.';

/** Formats findings for people, the worst first. */
export function findingsText(findings: readonly Finding[]): string {
  const sorted = [...findings].sort((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level));
  const lines = sorted.map(
    ({ level, check, message }) => `${level.padEnd(9)}${check.padEnd(12)}${message}\n`,
  );
  return lines.join('') + (hasFailed(findings) ? '' : `${NOTHING}\n`);
}

/** Formats findings for programs. */
export function findingsJson(findings: readonly Finding[]): string {
  return `${jsonText({ ok: !hasFailed(findings), findings }, 2)}\n`;
}

export function hasFailed(findings: readonly Finding[]): boolean {
  return findings.some(({ level }) => level === 'fails');
}
