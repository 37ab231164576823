/** The id of a key, and the times at which its secret may be used. */
export interface KeyTimes {
  readonly id: string;
  /** ms since epoch */
  readonly notBefore: number;
  /** ms since epoch */
  readonly expires: number;
  readonly isRevoked: boolean;
}

/** A period in which the same key seals and the same keys open. */
export interface SealingPeriod {
  /** ms since epoch */
  readonly from: number;
  /** ms since epoch: the first moment after the period */
  readonly until: number;
  /** The key that seals. `undefined`: no key may seal. */
  readonly sealing: KeyTimes | undefined;
}

/** Whether a secret may open cookies. */
export function mayOpen({ expires, isRevoked }: Omit<KeyTimes, 'id'>, now: number): boolean {
  return !isRevoked && now < expires;
}

/** Whether a secret may seal new cookies. */
export function maySeal(times: Omit<KeyTimes, 'id'>, now: number): boolean {
  return mayOpen(times, now) && now >= times.notBefore;
}

/** Divides all of time into periods. A new period starts when a secret begins or expires. */
export function periodsOf(keys: readonly KeyTimes[]): readonly SealingPeriod[] {
  const times = keys
    .filter(({ isRevoked }) => !isRevoked)
    .flatMap(({ notBefore, expires }) => [notBefore, expires]);
  const moments = [...new Set([-Infinity, ...times, Infinity])].sort((a, b) => (a < b ? -1 : 1));
  return moments.slice(1).map((until, i) => {
    const from = moments[i]!;
    return { from, until, sealing: keys.find((key) => maySeal(key, from)) };
  });
}
