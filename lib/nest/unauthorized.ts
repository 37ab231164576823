import { type ExecutionContext, UnauthorizedException } from '@nestjs/common';

interface Websockets {
  readonly WsException: new (error: string) => Error;
}

/**
 * Returns the exception for somebody whom a guard does not let pass, of the kind that the filters of the context answer
 * to the client. `undefined`: the guard has to return `false`, and Nest makes the exception.
 */
export async function unauthorized(context: ExecutionContext): Promise<Error | undefined> {
  if (context.getType() !== 'ws') return new UnauthorizedException();
  try {
    // As a constant, bundlers would ask for the package in applications that have no gateway.
    // oxlint-disable-next-line typescript/no-unnecessary-type-assertion -- without it, it is a constant
    const { WsException } = (await import('@nestjs/websockets' as string)) as Websockets;
    return new WsException('Unauthorized');
  } catch {
    // A bundle holds the package, and nobody else can find it.
    return undefined;
  }
}
