/** Whether two types are the same, also where one is assignable to the other. */
export type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Does not compile unless what it is given is true. */
export function expectType<_Claim extends true>(): void {}
