/** What went wrong, in words. */
export type Violation =
  | 'admitted later than maxLag after the end'
  | 'admitted by the process that had ended it'
  | 'lost, and nobody had ended it'
  | 'another login than the cookie held'
  | 'a 503 with a cookie'
  | 'a 503 long after the fault'
  | 'a 503 without a login'
  | 'no answer, and no fault'
  | 'a status that nothing explains'
  | 'a process that ended by itself';

const EXAMPLES = 5;

/** What is counted while servers are under fire. */
export class SoakRecord {
  readonly violations = new Map<Violation, { count: number; readonly examples: string[] }>();
  readonly counts = {
    requests: 0,
    'requests with a copied cookie': 0,
    'admitted logins': 0,
    'refused copies': 0,
    'answers that prove that nobody was lost': 0,
    'logins begun': 0,
    'ends: logout': 0,
    'ends: everywhere': 0,
    'ends: everywhere but here': 0,
    'ends: by id': 0,
    'ends that rejected': 0,
    '503s': 0,
    'cut off': 0,
    'admitted within maxLag after an end': 0,
    'logins that began while "everywhere" was not heard everywhere, and ended with it': 0,
  };
  /** How long after an end a request was sent that was admitted: ms. */
  worstLag = 0;
  /** How long after a fault a request was sent that was refused: ms. */
  longestRecovery = 0;

  count(what: keyof SoakRecord['counts']): void {
    this.counts[what]++;
  }

  violation(violation: Violation, example: string): void {
    const known = this.violations.get(violation) ?? { count: 0, examples: [] };
    known.count++;
    if (known.examples.length < EXAMPLES) known.examples.push(example);
    this.violations.set(violation, known);
  }

  get violationCount(): number {
    return [...this.violations.values()].reduce((sum, { count }) => sum + count, 0);
  }

  /** The figures, and then what was wrong. */
  report(faults: ReadonlyMap<string, number>): string {
    const rows: [string, string | number][] = [
      ...Object.entries(this.counts),
      ['worst lag', `${Math.round(this.worstLag)} ms`],
      ['longest recovery after a fault', `${Math.round(this.longestRecovery)} ms`],
      ...[...faults].map(([name, count]): [string, number] => [`fault: ${name}`, count]),
      ['violations', this.violationCount],
    ];
    const width = Math.max(...rows.map(([name]) => name.length));
    const table = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
    const wrong = [...this.violations].flatMap(([name, { count, examples }]) => [
      `${count} × ${name}`,
      ...examples.map((example) => `    ${example}`),
    ]);
    return [...table, ...wrong].join('\n');
  }
}
