// `nestjs-client-sessions/testing`: sessions in tests. It forges logins, so nothing of an application imports it.

export type { SealTimes } from './session-codec.js';
export { chaos, type ChaosOptions, type ChaosReport, type ChaosRequest } from './testing/chaos.js';
export { ChaosError } from './testing/chaos.error.js';
export { type FakeOutcome, fakeSession, outcomeOf } from './testing/fake-session.js';
export type { ReceivedAttributes } from './testing/received-cookie.js';
export type { SessionInResponse, TestedResponse } from './testing/session-in-response.js';
export {
  sessionMatchers,
  type SessionMatchers,
  type SessionMatchersObject,
} from './testing/session-matchers.js';
export { TestBrowser } from './testing/test-browser.js';
export { TestClock } from './testing/test-clock.js';
export { type SessionHeaders, TestSessions, testSessions } from './testing/test-sessions.js';
export type { NestApplication } from './testing/tested-application.js';
export type { GivenContent, TestedContent, TestedSession } from './testing/tested-session.js';
