import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Admission, admissionOf } from './admission.js';
import { ORDINARY, type Shape, SHAPES, type Texts } from './cookie-shapes.js';
import { HOSTS, type Host } from './server/hosts.js';
import { ServerProcess } from './server-process.js';
import { ServerProgram } from './server-program.js';
import { Client, enter } from './visitors.js';

const IS_FULL = process.env['CI'] === 'true';
const KB = 1024;
/** As it comes, Node answers 431 to more than 16 KB. */
const ROOMY = 96 * KB;
/** The largest is 64 KB with all that stands beside it. */
const SIZES = IS_FULL ? [8 * KB, 15 * KB, 32 * KB, 63 * KB] : [8 * KB, 63 * KB];
const VISITOR = 7;
const NEIGHBOUR = 8;

let program: ServerProgram;
let usual: ServerProcess;
let roomy: ServerProcess;

beforeAll(async () => {
  program = await ServerProgram.compile();
  [usual, roomy] = await Promise.all([ServerProcess.start(program), ServerProcess.start(program, ROOMY)]);
});

afterAll(async () => {
  await Promise.all([usual, roomy].map((each) => each?.stop()));
  await program.remove();
});

/** A server, its visitor, and another one whose requests follow each hostile one. */
class Scene {
  private constructor(
    readonly process: ServerProcess,
    readonly client: Client,
    readonly texts: Texts,
    private readonly neighbour: Client,
    private readonly neighbours: Texts,
  ) {}

  static async of(process: ServerProcess, host: Host): Promise<Scene> {
    const [client, neighbour] = [1, 2].map(() => new Client(host, process.portOf(host))) as [Client, Client];
    const texts = await enter(client, VISITOR);
    return new Scene(process, client, texts, neighbour, await enter(neighbour, NEIGHBOUR));
  }

  /** An ordinary request is answered as ever. */
  async expectOrder(): Promise<void> {
    const { status, answer } = await this.neighbour.get(`/look/${NEIGHBOUR}`, [this.neighbours.genuine]);
    expect({ status, answer }).toEqual({ status: 200, answer: { asked: NEIGHBOUR, visitor: NEIGHBOUR } });
  }

  close(): void {
    this.client.close();
    this.neighbour.close();
  }
}

/** What may come back. */
function allowed(admission: Admission, { finds }: Shape): object[] {
  if (admission === 'refused') return [{ status: 431 }, { status: 'refused' }];
  const visitors = finds ? [VISITOR] : [null];
  return (admission === 'cut' ? [VISITOR, null] : visitors).map((visitor) => ({ status: 200, visitor }));
}

describe.each(HOSTS)('%s: cookies that are meant to do harm', (host) => {
  let scenes: Record<'usual' | 'roomy', Scene>;

  beforeAll(async () => {
    scenes = { usual: await Scene.of(usual, host), roomy: await Scene.of(roomy, host) };
  });
  afterAll(() => Object.values(scenes).forEach((scene) => scene.close()));

  test.each([ORDINARY, ...SHAPES].map((shape) => [shape.title, shape] as const))('%s', async (_, shape) => {
    for (const bytes of SIZES) {
      const scene = bytes < 16 * KB ? scenes.usual : scenes.roomy;
      const cookies = shape.write(bytes, scene.texts);
      for (const fields of [[cookies.join('; ')], cookies]) {
        const { status, answer } = await scene.client.get(`/count/${VISITOR}`, fields);
        const admission = admissionOf(host, fields, scene.process.headerBytes);
        const request = { bytes, fields: fields.length, admission };
        expect(allowed(admission, shape).map((reply) => ({ ...request, ...reply }))).toContainEqual({
          ...request,
          status,
          visitor: answer?.visitor,
        });
        await scene.expectOrder();
      }
    }
  });
});
