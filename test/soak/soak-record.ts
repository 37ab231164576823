/** What has to hold, and all that breaks it. */
const CHECKS = {
  'no visitor sees what is of another': [
    'a visitor saw what is of another',
    'another login than the cookie held',
  ],
  'what a response has stored is there at the next visit': [
    'what was stored was lost',
    'lost, and nobody had ended it',
    'a change that was not made',
    'refused, and nothing explains it',
    'a newer release was overwritten',
  ],
  'nothing is undone, neither a logout nor a login nor a change': [
    'what had ended came back',
    'something that nobody stored',
    'a look replaced what was stored',
  ],
  'an ended login is refused at once here, and within maxLag elsewhere': [
    'admitted later than maxLag after the end',
    'admitted by the process that had ended it',
  ],
  'a secret that was dropped or revoked opens nothing': ['admitted with a key that nobody may use'],
  'every answer is explained by what went wrong, and all are well again soon': [
    'a 503 with a cookie',
    'a 503 long after the fault',
    'a 503 without a login',
    'no answer, and no fault',
    'a status that nothing explains',
  ],
  'processes neither complain nor end but when told to': [
    'a complaint of a process',
    'a process that ended by itself',
    'a process that did not end when told to',
    'a process that ended badly when told to',
  ],
  'memory has no slope': ['memory that grows'],
  'the event loop has no more to do at the end than at the beginning': ['an event loop that has more to do'],
  'all that was to be tried was tried': ['too little was tried'],
} as const;

/** What went wrong, in words. */
export type Violation = (typeof CHECKS)[keyof typeof CHECKS][number];

const EXAMPLES = 5;
const LONGEST_EXAMPLE = 1_000;

/** What is counted while servers are under fire. */
export class SoakRecord {
  readonly violations = new Map<Violation, { count: number; readonly examples: string[] }>();
  readonly counts = {
    requests: 0,
    'requests of the shop': 0,
    'answers that prove that nothing was lost': 0,
    'answers that prove that nothing came back': 0,
    'pages of an older release, which leaves the cart alone': 0,
    'aborted by the visitor': 0,
    'requests with a copied cookie': 0,
    'admitted logins': 0,
    'refused copies': 0,
    'refused because of their key': 0,
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
    'clocks of sessions set forward or back by a minute': 0,
    'secrets replaced': 0,
    'secrets dropped': 0,
    'secrets revoked': 0,
  };
  /** How long after an end a request was sent that was admitted: ms. */
  worstLag = 0;
  /** How long after a fault a request was sent that was refused: ms. */
  longestRecovery = 0;
  readonly #notes: string[] = [];
  readonly #began = performance.now();

  /** @param say hears of the first violation of each kind at once */
  constructor(private readonly say: (line: string) => void) {}

  count(what: keyof SoakRecord['counts']): void {
    this.counts[what]++;
  }

  /** A line for the report. */
  note(line: string): void {
    this.#notes.push(line);
  }

  violation(violation: Violation, example: string): void {
    const known = this.violations.get(violation) ?? { count: 0, examples: [] };
    if (known.count++ === 0) this.say(`VIOLATION: ${violation}`);
    const seconds = ((performance.now() - this.#began) / 1_000).toFixed(1);
    if (known.examples.length < EXAMPLES)
      known.examples.push(`${seconds} s: ${example.slice(0, LONGEST_EXAMPLE)}`);
    this.violations.set(violation, known);
  }

  get failed(): number {
    return this.#verdicts.filter(([, count]) => count > 0).length;
  }

  get #verdicts(): [check: string, count: number][] {
    return Object.entries(CHECKS).map(([check, violations]) => [
      check,
      violations.reduce((sum, each) => sum + (this.violations.get(each)?.count ?? 0), 0),
    ]);
  }

  /** The figures, what was wrong, what held, and how many of each. */
  report(faults: ReadonlyMap<string, number>): string {
    const rows: [string, string | number][] = [
      ...Object.entries(this.counts),
      ['worst lag', `${Math.round(this.worstLag)} ms`],
      ['longest recovery after a fault', `${Math.round(this.longestRecovery)} ms`],
      ...[...faults].map(([name, count]): [string, number] => [`fault: ${name}`, count]),
    ];
    const verdicts = this.#verdicts;
    const width = Math.max(...[...rows, ...verdicts].map(([name]) => name.length));
    const wrong = [...this.violations].flatMap(([name, { count, examples }]) => [
      `${count} × ${name}`,
      ...examples.map((example) => `    ${example}`),
    ]);
    return [
      ...rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
      ...this.#notes,
      ...wrong,
      ...verdicts.map(
        ([check, count]) => `${check.padEnd(width)}  ${count === 0 ? 'holds' : `${count} violations`}`,
      ),
      `${verdicts.length - this.failed} passed, ${this.failed} failed`,
    ].join('\n');
  }
}
