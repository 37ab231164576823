import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { type Observable, tap } from 'rxjs';
import { sessionsOf } from '../get-session.js';

/**
 * Seals changed sessions as soon as the handler has returned, so that a session which cannot be stored is an exception, and the application's
 * filters answer it. The cookies themselves leave with the response head, on every way out.
 *
 * `@Session()` and `@RequireSession()` bind it to what they decorate. Bind it by hand, or as `APP_INTERCEPTOR`, where handlers call
 * `getSession()` only, and once more inside interceptors that are to see the exception.
 *
 * @example
 * \@UseInterceptors(ClientSessionsInterceptor)
 * \@Post('cart')
 * add(\@Req() request: Request) { getSession(request, Cart).items.push('tea'); }
 */
@Injectable()
export class ClientSessionsInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const flush = (): void => sessionsOf(context)?.save();
    return next.handle().pipe(tap({ next: flush, complete: flush }));
  }
}
