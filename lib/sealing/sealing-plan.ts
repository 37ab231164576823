/** When a secret counts, by the id of its key. */
export interface KeyTimes {
  readonly id: string;
  /** ms since epoch */
  readonly notBefore: number;
  /** ms since epoch */
  readonly expires: number;
  readonly isRevoked: boolean;
}

/** A time in which the same key seals and the same ones open. */
export interface SealingPeriod {
  /** ms since epoch */
  readonly from: number;
  /** ms since epoch: the first moment after it */
  readonly until: number;
  /** `undefined`: none may. */
  readonly sealing: KeyTimes | undefined;
}

/** Whether cookies sealed with a secret are accepted. */
export function mayOpen({ expires, isRevoked }: Omit<KeyTimes, 'id'>, now: number): boolean {
  return !isRevoked && now < expires;
}

/** Whether new cookies may be sealed with a secret. */
export function maySeal(times: Omit<KeyTimes, 'id'>, now: number): boolean {
  return mayOpen(times, now) && now >= times.notBefore;
}

/** All of time, cut wherever a secret begins or ends. */
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
