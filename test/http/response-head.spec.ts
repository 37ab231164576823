import { createServer, IncomingMessage, type OutgoingHttpHeaders, request, ServerResponse } from 'node:http';
import { connect, createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { appendSetCookie, prepareHead, prepareHeadsOfAll } from '../../lib/http/response-head.js';

interface Head {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
}

/** Runs a handler on a real server behind the hook, and returns the head that arrived. */
async function headOf(
  handle: (response: ServerResponse) => void,
  prepare?: (response: ServerResponse) => number | undefined,
): Promise<Head> {
  const server = createServer((_request, response) => {
    let isPrepared = false;
    const prepareOnce = () => {
      if (isPrepared) return undefined;
      isPrepared = true;
      appendSetCookie(response, 'ours=1');
      return prepare?.(response);
    };
    prepareHead(response, { prepareHead: prepareOnce });
    handle(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, agent: false }, (answer) => {
        answer.resume().on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers }));
      })
        .on('error', reject)
        .end();
    });
  } finally {
    server.close();
  }
}

describe('prepareHead', () => {
  test.each<[string, (response: ServerResponse) => void, string[]]>([
    ['end()', (response) => response.end('x'), ['ours=1']],
    ['write() and end()', (response) => (response.write('x'), response.end()), ['ours=1']],
    ['flushHeaders()', (response) => (response.flushHeaders(), response.end()), ['ours=1']],
    ['writeHead(status)', (response) => response.writeHead(200).end(), ['ours=1']],
    [
      'writeHead(status, object)',
      (response) => response.writeHead(200, { 'SET-COOKIE': 'theirs=1' }).end(),
      ['theirs=1', 'ours=1'],
    ],
    [
      'writeHead(status, object with several)',
      (response) => response.writeHead(200, { 'set-cookie': ['theirs=1', 'theirs=2'] }).end(),
      ['theirs=1', 'theirs=2', 'ours=1'],
    ],
    [
      'writeHead(status, message, flat array)',
      (response) =>
        response.writeHead(200, 'Fine', ['Set-Cookie', 'theirs=1', 'Set-Cookie', 'theirs=2']).end(),
      ['theirs=1', 'theirs=2', 'ours=1'],
    ],
    [
      'writeHead(status, array of pairs)',
      (response) =>
        response
          .writeHead(200, [
            ['Set-Cookie', 'theirs=1'],
            ['x-a', '1'],
          ] as never)
          .end(),
      ['theirs=1', 'ours=1'],
    ],
    [
      'setHeader() and writeHead(status, object)',
      (response) => (
        response.setHeader('set-cookie', ['early=1']),
        response.writeHead(200, { 'set-cookie': 'theirs=1' }).end()
      ),
      ['early=1', 'theirs=1', 'ours=1'],
    ],
    [
      'the same header twice',
      (response) => (
        response.setHeader('set-cookie', 'early=1'),
        response.writeHead(200, { 'set-cookie': 'early=1' }).end()
      ),
      ['early=1', 'ours=1'],
    ],
  ])('%s keeps every cookie', async (_way, handle, cookies) => {
    expect((await headOf(handle)).headers['set-cookie']).toEqual(cookies);
  });

  test('lists of the application are sent, and stay as they are', async () => {
    const links = ['</a.css>'];
    const pairs = [
      ['link', links],
      ['link', '</b.css>'],
    ];
    for (let i = 0; i < 2; i++) {
      const { headers } = await headOf((response) => response.writeHead(200, pairs as never).end());
      expect(headers.link).toBe('</a.css>, </b.css>');
    }
    expect(links).toEqual(['</a.css>']);
  });

  test('headers given to writeHead replace those set before, repeated ones in a list are all sent', async () => {
    const { headers } = await headOf((response) => {
      response.setHeader('x-replaced', 'old');
      response
        .writeHead(200, ['x-replaced', 'new', 'x-list', '1', 'X-List', '2', 'content-length', '0'])
        .end();
    });
    expect(headers).toMatchObject({ 'x-replaced': 'new', 'x-list': '1, 2', 'content-length': '0' });
  });

  test.each<[string, Record<string, string | string[]>, boolean, string | undefined]>([
    [
      'of two spellings the last one counts, if headers were set before',
      { 'X-A': '1', 'x-a': '2' },
      true,
      '2',
    ],
    ['of two spellings both are sent, if none was', { 'X-A': '1', 'x-a': ['2', '3'] }, false, '1, 2, 3'],
    ['what has no name is left out', { '': '1', 'x-a': '2' }, true, '2'],
  ])('of an object, as in Node: %s', async (_title, given, isSetBefore, expected) => {
    const { headers } = await headOf((response) => {
      if (isSetBefore) response.setHeader('x-before', '0');
      response.writeHead(200, given).end();
    });
    expect(headers['x-a']).toBe(expected);
  });

  test('is prepared once, sees every header, and may choose another status', async () => {
    let calls = 0;
    const { status, headers } = await headOf(
      (response) => response.writeHead(201, 'Made', { 'Cache-Control': 'public' }).end('x'),
      (response) => {
        calls++;
        expect(response.getHeader('cache-control')).toBe('public');
        response.setHeader('Cache-Control', 'private');
        return 500;
      },
    );
    expect([calls, status, headers['cache-control']]).toEqual([1, 500, 'private']);
  });

  test('a head that Node refuses is followed by the error response, with the cookie', async () => {
    let calls = 0;
    const { status, headers } = await headOf(
      (response) => {
        expect(() => response.writeHead(1)).toThrow(
          expect.objectContaining({ code: 'ERR_HTTP_INVALID_STATUS_CODE' }),
        );
        response.writeHead(500, { 'set-cookie': 'theirs=1' }).end();
      },
      () => void calls++,
    );
    expect([calls, status, headers['set-cookie']]).toEqual([1, 500, ['theirs=1', 'ours=1']]);
  });

  test.each<[status: unknown, message: string | undefined]>([
    [0, undefined],
    [99.9, undefined],
    [1000, undefined],
    [-200, undefined],
    [2 ** 32 + 99, undefined],
    ['many', undefined],
    [undefined, undefined],
    [200, 'two\nlines'],
    [200, 'ā'],
    [200, '\x7f'],
    [100, undefined],
    [999.9, 'fine'],
    ['200', 'é'],
    [2 ** 32 + 200, '\t'],
  ])('an author is asked only for a head that Node sends: %p %p', (status, message) => {
    const headOf = (author?: { prepareHead(): undefined }): unknown => {
      const response = new ServerResponse(new IncomingMessage(new Socket()));
      if (author) prepareHead(response, author);
      try {
        response.writeHead(status as number, message);
        return [response.statusCode, response.statusMessage];
      } catch (error) {
        return (error as NodeJS.ErrnoException).code;
      }
    };
    let calls = 0;
    const head = headOf({ prepareHead: () => void calls++ as undefined });
    expect(head).toEqual(headOf());
    expect(calls).toBe(Array.isArray(head) ? 1 : 0);
  });

  test.each<[string, string, unknown]>([
    ['a header that is undefined', 'ERR_HTTP_INVALID_HEADER_VALUE', { 'x-a': undefined }],
    ['a cookie that is undefined', 'ERR_HTTP_INVALID_HEADER_VALUE', { 'Set-Cookie': undefined }],
    ['the second one of a list', 'ERR_HTTP_INVALID_HEADER_VALUE', ['x-a', '1', 'x-a', undefined]],
    ['a list of pairs with a cookie that is undefined', 'ERR_HTTP_INVALID_HEADER_VALUE', [['set-cookie']]],
    ['a list without a value for each name', 'ERR_INVALID_ARG_VALUE', ['x-a', '1', 'Set-Cookie']],
  ])('%s is refused with the error of Node', async (_what, code, refused) => {
    let thrown: unknown;
    const { status, headers } = await headOf((response) => {
      try {
        response.writeHead(200, refused as OutgoingHttpHeaders);
      } catch (error) {
        thrown = error;
        response.writeHead(500);
      }
      response.end();
    });
    expect(thrown).toMatchObject({ code });
    expect([status, headers['set-cookie']]).toEqual([500, ['ours=1']]);
  });

  test('a second head is refused as ever', async () => {
    await headOf((response) => {
      response.writeHead(200);
      expect(() => response.writeHead(200)).toThrow(
        expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' }),
      );
      response.end();
    });
  });

  test('HTTP/2 responses pass it, too', async () => {
    const server = createHttp2Server((_request, response) => {
      const asHttp1 = response as unknown as ServerResponse;
      const author = {
        prepareHead: () => appendSetCookie(asHttp1, 'ours=1') as undefined,
      };
      prepareHead(asHttp1, author);
      for (const status of [103, 199, 600]) expect(() => response.writeHead(status)).toThrow(/status/i);
      response.writeHead(200, { 'set-cookie': 'theirs=1' });
      response.end('x');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const headers = await new Promise<Record<string, unknown>>((resolve) => {
      client
        .request({ ':path': '/' })
        .on('response', (received) => resolve(received))
        .resume()
        .end();
    });
    client.close();
    server.close();
    expect(headers['set-cookie']).toEqual(['theirs=1', 'ours=1']);
  });
});

describe('a response that nothing can be hung on', () => {
  const author = { prepareHead: () => undefined };

  test('is left as it is', () => {
    const [empty, frozen] = [{}, Object.freeze({ writeHead: () => undefined })];
    prepareHead(empty as ServerResponse, author);
    prepareHead(frozen as unknown as ServerResponse, author);
    expect(Object.keys(empty)).toEqual([]);
  });
});

test('the message beside the status stays, if the status does', () => {
  const answer = (override: number | undefined): [number, string] => {
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    prepareHead(response, { prepareHead: () => override });
    response.writeHead(201, 'Made of wood', { 'x-a': '1' });
    expect(response.getHeader('x-a')).toBe('1');
    return [response.statusCode, response.statusMessage];
  };
  expect(answer(undefined)).toEqual([201, 'Made of wood']);
  expect(answer(500)).toEqual([500, 'Internal Server Error']);
});

describe('the heads of all responses that inherit from one object', () => {
  const calls: ServerResponse[] = [];
  const author = {
    prepareHead: () => {
      calls.push(author.of!);
      return undefined;
    },
    of: undefined as ServerResponse | undefined,
  };
  const responseBelow = (responses: ServerResponse): ServerResponse => {
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    return Object.setPrototypeOf(response, responses) as ServerResponse;
  };
  const prepared = (): ServerResponse => {
    calls.length = 0;
    const responses = Object.create(ServerResponse.prototype) as ServerResponse;
    prepareHeadsOfAll(responses, (response) => {
      author.of = response;
      return author;
    });
    return responses;
  };

  test('are prepared by the author of each, once', () => {
    const responses = prepared();
    prepareHeadsOfAll(responses, () => {
      throw new Error('a second time');
    });
    const response = responseBelow(responses);
    response.writeHead(200);
    expect(calls).toEqual([response]);
  });

  test('are not prepared again by the same author, but by another one', () => {
    const response = responseBelow(prepared());
    prepareHead(response, author);
    expect(Object.hasOwn(response, 'writeHead')).toBe(false);
    const other = { prepareHead: () => void calls.push(response) as undefined };
    prepareHead(response, other);
    response.writeHead(200);
    expect(calls).toHaveLength(2);
  });

  test('are those of Node where there is no author', () => {
    const responses = Object.create(ServerResponse.prototype) as ServerResponse;
    prepareHeadsOfAll(responses, () => undefined);
    const response = responseBelow(responses);
    response.writeHead(201, { 'x-a': '1' });
    expect(response.statusCode).toBe(201);
  });

  test('can be replaced by other code, and hidden', () => {
    const responses = prepared();
    const writeHead = responses.writeHead;
    responses.writeHead = writeHead;
    expect(responses.writeHead).toBe(writeHead);
    expect(Object.keys(responses)).toEqual([]);
    expect(delete (responses as Partial<ServerResponse>).writeHead).toBe(true);
  });
});
