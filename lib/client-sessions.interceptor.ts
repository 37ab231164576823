import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { type Observable, tap } from 'rxjs';
import { touchedSessionsOf } from './get-session.js';

/**
 * Seals changed sessions as soon as the handler has answered, so that one which cannot be stored is an ordinary exception and
 * passes the application's filters. The cookies themselves leave with the response head, on every way out.
 */
@Injectable()
export class ClientSessionsInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(tap(() => touchedSessionsOf(context)?.save()));
  }
}
