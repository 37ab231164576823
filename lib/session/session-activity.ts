import { type Channel, channel } from 'node:diagnostics_channel';

/** Name of the `node:diagnostics_channel` on which every {@link SessionActivity} is published. */
export const SESSION_ACTIVITY_CHANNEL = 'nestjs-client-sessions:activity';

/** Where activity is published. Ask `hasSubscribers` before you make an event, so that it costs nothing otherwise. */
export const activity: Channel = channel(SESSION_ACTIVITY_CHANNEL);

/** What everybody can read in a sealed text, without a secret. */
export interface SealDescription {
  /** The number of the format, or `legacy` for the format of client-sessions. */
  readonly format: number | 'legacy';
  /** The id of the key, as in the event `keys`. A legacy cookie has none. */
  readonly keyId?: string;
}

/** Why a session is sealed anew although its content is the same. */
export type ResealReason =
  /** Its cookie was sealed with another key than the one that seals now. */
  | 'key'
  /** Its cookie has another format than the one that is written now. */
  | 'format'
  /** Its content has an older version, and was migrated. */
  | 'version'
  /** Its content was changed when it was read, by `onInvalid`, the schema or the defaults. */
  | 'content'
  /** Its cookie came under an earlier name. */
  | 'earlier-cookie';

/**
 * What happens to sessions that work as they should. It happens with every request, so it is published only on
 * {@link SESSION_ACTIVITY_CHANNEL}. It holds no content, no cookie value and no secret.
 */
export type SessionActivity =
  /** A genuine cookie was opened, and the request has its session. */
  | ({
      readonly type: 'opened';
      readonly session: string;
      /** Version of the content in the cookie. */
      readonly version: number;
      /** Whether it was opened lately and did not have to be decrypted again. */
      readonly isRemembered: boolean;
    } & SealDescription)
  /** A session that began in this request is in the response. */
  | {
      readonly type: 'created';
      readonly session: string;
      /** Whether it replaces one that the browser had, as `reset()` and `regenerate()` do. */
      readonly hadSession: boolean;
    }
  /** The session is in use, so that `activeDuration` or `idleDuration` let it live longer, and the response says so. */
  | { readonly type: 'renewed'; readonly session: string }
  /** The response has the same content, sealed anew. */
  | { readonly type: 'resealed'; readonly session: string; readonly reasons: readonly ResealReason[] }
  /** A session's cookie is in the response. */
  | ({
      readonly type: 'written';
      readonly session: string;
      /** The bytes that browsers keep: name and value, without the attributes. */
      readonly bytes: number;
    } & SealDescription)
  /** The response deletes the session's cookie, because of `destroy()`. */
  | {
      readonly type: 'destroyed';
      readonly session: string;
      /** Whether the browser had a session, and not only a cookie that was refused, or none. */
      readonly hadSession: boolean;
    };
