import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { type Observable, tap } from 'rxjs';
import { sessionsOf } from '../get-session.js';
import type { RequestSessions } from '../http/request-sessions.js';

/**
 * Seals changed sessions as soon as the handler has returned. If a session cannot be stored, it throws, so
 * that the application's filters can answer. The cookies themselves are sent with the response head, in
 * whatever way the response is sent.
 *
 * `@Session()` and `@RequireSession()` bind it to the methods and classes that they decorate, and `@InjectSession()`
 * to all handlers of the application. Bind it by hand, or as `APP_INTERCEPTOR`, for handlers that call `getSession()`
 * only. Bind it once more inside interceptors that are to see the exception.
 *
 * @example
 * \@UseInterceptors(ClientSessionsInterceptor)
 * \@Post('cart')
 * add(\@Req() request: Request) { getSession(request, Cart).items.push('tea'); }
 */
@Injectable()
export class ClientSessionsInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    let sessions: RequestSessions | undefined;
    const flush = (): void => (sessions ??= sessionsOf(context))?.save();
    return next.handle().pipe(tap({ next: flush, complete: flush }));
  }
}
