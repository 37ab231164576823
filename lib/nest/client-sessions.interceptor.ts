import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { type Observable, tap } from 'rxjs';
import { touchedSessionsOf } from '../get-session.js';

/**
 * Seals changed sessions as soon as the handler has returned, so that one which cannot be stored is its exception.
 *
 * GraphQL resolvers that change sessions need it. Handlers of HTTP routes do only if interceptors around them shall see that exception:
 * what Nest replies with passes sealing anyway, and where it does not reply, after `@Redirect()`, `@Render()` and `@Sse()`, the module has
 * bound this. The cookies themselves leave with the response head in any case.
 *
 * @example
 * \@UseInterceptors(ClientSessionsInterceptor)
 * \@Mutation(() => Cart)
 * addToCart(\@Session(Cart) cart: SessionOf<typeof Cart>) { … }
 */
@Injectable()
export class ClientSessionsInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(tap(() => touchedSessionsOf(context)?.save()));
  }
}
