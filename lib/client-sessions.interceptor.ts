import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { type Observable, tap } from 'rxjs';
import { touchedSessionsOf } from './get-session.js';

/**
 * Seals changed sessions as soon as the handler has returned, so that one which cannot be stored is its exception.
 *
 * Handlers of HTTP routes need it only if interceptors around them shall see that exception: Nest's answer for them seals, too. GraphQL
 * resolvers need it, because Nest does not answer for them. The cookies themselves leave with the response head in any case.
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
