/** What happens to the following of a store. It holds no subject, no id, and no message of another's error. */
export type LoginReport =
  /** The store has not answered for `maxLag`. Logins are refused from now on. The store may know a remedy. */
  | { readonly type: 'down'; readonly reason: string; readonly remedy?: string | undefined }
  /** The store answers again. */
  | { readonly type: 'back' }
  /** The store has lost facts. They are put back from what this process knows. */
  | { readonly type: 'lost' }
  /** The store had lost so many facts, and has them again. */
  | { readonly type: 'restored'; readonly facts: number }
  /** The store holds a fact of a newer release. Logins are refused until it expires: ms since epoch. */
  | { readonly type: 'newer'; readonly until: number }
  /** The store holds something that is no fact of ours. It is ignored. Reported once. */
  | { readonly type: 'rubbish' }
  /** A login was not listed, or its last use was not kept, or a listener threw. Nothing depends on it. */
  | {
      readonly type: 'failed';
      readonly what: 'list' | 'use' | 'describe' | 'listener';
      readonly reason: string;
    };

export type LoginReporter = (report: LoginReport) => void;
