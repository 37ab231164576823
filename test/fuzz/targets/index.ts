import type { Target } from '../target.js';
import { commandLine } from './command-line.js';
import { contentText, contentValues } from './content.js';
import { cookieHeader } from './cookie-header.js';
import { legacyText } from './legacy-text.js';
import { responseHead } from './response-head.js';
import { sealedText } from './sealed-text.js';
import { secrets } from './secrets.js';
import { sessionRecord } from './session-record.js';
import { setCookie } from './set-cookie.js';

export const TARGETS: readonly Target[] = [
  sealedText,
  legacyText,
  cookieHeader,
  responseHead,
  sessionRecord,
  contentValues,
  contentText,
  setCookie,
  secrets,
  commandLine,
];
