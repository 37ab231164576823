import type { Faults } from './faults.js';
import type { Answer } from './soak-client.js';
import type { SoakRecord } from './soak-record.js';

/** Says of every answer whether its status is explained by what went wrong. */
export class Judge {
  constructor(
    private readonly faults: Faults,
    /** After this time the servers have to be well again: ms. */
    private readonly recovery: number,
    private readonly record: SoakRecord,
  ) {}

  /** How much longer than usual an end may take to be known everywhere: ms. */
  delayOfLost(from: number, until: number): number {
    return this.faults.delayOfLost(from, until);
  }

  /** @param needsStore whether the request asked for a login */
  status(
    { status, sentAt, receivedAt, process, setCookies, failure }: Answer,
    what: string,
    needsStore: boolean,
  ): void {
    const example = `${what}: ${status} of ${process}, sent at ${Math.round(sentAt)}`;
    const since = this.faults.timeSince(sentAt, receivedAt);
    if (status === 0) {
      this.record.count('cut off');
      if (since === undefined || since > this.recovery)
        this.record.violation('no answer, and no fault', `${example}, ${failure}`);
    } else if (status === 503) {
      this.record.count('503s');
      this.record.longestRecovery = Math.max(this.record.longestRecovery, since ?? 0);
      if (since === undefined || since > this.recovery)
        this.record.violation('a 503 long after the fault', `${example}, ${since} ms after the fault`);
      if (setCookies.some((header) => header.startsWith('auth=')))
        this.record.violation('a 503 with a cookie', example);
      if (!needsStore) this.record.violation('a 503 without a login', example);
    } else if (status >= 400) this.record.violation('a status that nothing explains', example);
  }
}
