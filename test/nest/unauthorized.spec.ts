import { expect, jest, test } from '@jest/globals';
import { type ExecutionContext, UnauthorizedException } from '@nestjs/common';

jest.unstable_mockModule('@nestjs/websockets', () => {
  throw new Error('Cannot find package');
});
const { unauthorized } = await import('../../lib/nest/unauthorized.js');

const contextOf = (type: string) => ({ getType: () => type }) as ExecutionContext;

test('the refusal in a gateway is left to Nest, where nobody finds its package', async () => {
  expect(await unauthorized(contextOf('ws'))).toBeUndefined();
  for (const type of ['http', 'graphql']) {
    expect(await unauthorized(contextOf(type))).toBeInstanceOf(UnauthorizedException);
  }
});
