import { describeHeader } from '../sealing/create-sealer.js';
import type { Candidate } from './candidate.js';
import { FIRST_VERSION } from './content-options.js';
import { tellListeners } from './listeners.js';
import type { Admitted, NamedSession } from './named-session.js';
import {
  activity,
  type ResealReason,
  type SealDescription,
  type SessionActivity,
} from './session-activity.js';
import type { SessionTimes } from './lifetime.js';

/** What was opened, and how its cookie was sealed. */
interface Opening extends Pick<Admitted, 'record' | 'times' | 'text'> {
  readonly seal: SealDescription;
  /** Whether the cookie came under an earlier name. */
  readonly isEarlier: boolean;
}

/** What the response tells the browser of a session. */
export interface Told {
  readonly outcome: { readonly type: 'delete' } | { readonly type: 'write' | 'renew'; readonly text: string };
  readonly times: SessionTimes;
  /** Whether the application neither changed the session nor asked for the write. */
  readonly isUnasked: boolean;
  /** Size of the session's cookies: names and values. */
  readonly bytes: number;
}

/** Follows one session through one request, and tells the subscribers of its activity. */
export class SessionTrail {
  readonly #session: NamedSession;
  #hadSession = false;
  /** What was opened, until the session begins anew. */
  #opening: Opening | undefined;

  private constructor(session: NamedSession) {
    this.#session = session;
  }

  /** Returns `undefined` while nobody subscribes, so that such requests cost nothing. */
  static of(session: NamedSession): SessionTrail | undefined {
    return activity.hasSubscribers ? new SessionTrail(session) : undefined;
  }

  opened(cookie: Candidate, { record, times, text, isRemembered }: Admitted): void {
    const { name: session } = this.#session;
    const seal = describeSeal(cookie.text);
    this.#hadSession = true;
    this.#opening = { record, times, text, seal, isEarlier: this.#session.isEarlier(cookie) };
    publish({ type: 'opened', session, version: record.version ?? FIRST_VERSION, isRemembered, ...seal });
  }

  restarted(): void {
    this.#opening = undefined;
  }

  told({ outcome, times, isUnasked, bytes }: Told): void {
    const session = this.#session.name;
    const hadSession = this.#hadSession;
    if (outcome.type === 'delete') return publish({ type: 'destroyed', session, hadSession });
    const seal = describeSeal(outcome.text);
    const opening = this.#opening;
    if (!opening) publish({ type: 'created', session, hadSession });
    // The times are new only if they were prolonged, because setDuration() takes the mark away.
    const isProlonged = times.renewed && times !== opening?.times;
    const reasons = opening && isUnasked ? this.#reasonsToReseal(opening, seal) : [];
    const isUsed = outcome.type === 'renew' && reasons.length === 0;
    if (opening && (isProlonged || isUsed)) publish({ type: 'renewed', session });
    if (reasons.length > 0) publish({ type: 'resealed', session, reasons });
    publish({ type: 'written', session, bytes, ...seal });
  }

  #reasonsToReseal(
    { record, text, seal: before, isEarlier }: Opening,
    seal: SealDescription,
  ): ResealReason[] {
    const { model } = this.#session;
    const isMigrated = record.version !== model.version;
    const reasons: Readonly<Record<ResealReason, boolean>> = {
      key: before.format === seal.format && before.keyId !== seal.keyId,
      format: before.format !== seal.format,
      version: isMigrated,
      content: !isMigrated && text !== record.json,
      'earlier-cookie': isEarlier,
    };
    return (Object.keys(reasons) as ResealReason[]).filter((reason) => reasons[reason]);
  }
}

function publish(event: SessionActivity): void {
  tellListeners(() => activity.publish(event));
}

function describeSeal(text: string): SealDescription {
  return describeHeader(text) ?? { format: 'legacy' };
}
