/** The clock of all sessions of one configuration. Everything that asks for the time holds {@link now}. */
export class SessionClock {
  /** The application's own clock: ms since epoch. */
  readonly own: () => number;
  /** Where the time is read. A test may put another clock here. */
  read: () => number;

  constructor(own: () => number) {
    this.own = own;
    this.read = own;
  }

  /** The current time: ms since epoch. */
  readonly now = (): number => this.read();
}
