import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { LoginStoreError } from '../errors/login-store.error.js';
import { describeThrown } from '../errors/thrown-value.js';

/** What is used of a client or a cluster of `ioredis`. */
export interface IoredisClient {
  call(command: string, args: string[]): Promise<unknown>;
}

/** What is used of a client or a pool of `redis`. */
export interface NodeRedisClient {
  sendCommand(args: string[]): Promise<unknown>;
}

/** What is used of a cluster of `redis`. */
export interface NodeRedisCluster {
  sendCommand(firstKey: string, isReadonly: boolean, args: string[]): Promise<unknown>;
  nodeClient(node: never): unknown;
}

/** What is used of a client of `redis` that asks Sentinel. */
export interface NodeRedisSentinel {
  sendCommand(isReadonly: boolean, args: string[]): Promise<unknown>;
  getMasterNode(): unknown;
}

/** A client of `ioredis` from 5.0 on, or of `redis` from 5.0 on. */
export type RedisClient = IoredisClient | NodeRedisClient | NodeRedisCluster | NodeRedisSentinel;

type Send = (key: string, command: string, args: string[]) => Promise<unknown>;

/** While the client itself waits for so many answers that are late, it is asked nothing more. */
const LATE_ANSWERS = 100;

/** What Redis answers first if it refuses a command, in words. */
const REFUSALS: Readonly<Record<string, readonly [problem: string, remedy: string]>> = {
  OOM: ['is full', 'Give Redis more memory with `maxmemory`, or remove other data.'],
  NOPERM: [
    'may not run a command',
    'Give the user of the client the permissions that `redisLogins()` names.',
  ],
  NOAUTH: ['is not logged in to Redis', 'Give the client its user and password.'],
  WRONGPASS: ['has a wrong user or password for Redis', 'Give the client its user and password.'],
  WRONGTYPE: ['found other data under its keys', 'Give it a `prefix` of its own.'],
  READONLY: ['is connected to a replica, which cannot write', 'Connect the client to the master.'],
  NOREPLICAS: ['has too few replicas to write', 'Look at the replicas of Redis.'],
  LOADING: ['is still loading its data', 'Wait until Redis has started.'],
  MISCONF: ['cannot save to its disk', 'Look at the disk and the log of Redis.'],
  CLUSTERDOWN: ['is a cluster that is down', 'Look at the nodes of the cluster.'],
  MASTERDOWN: ['is a replica without its master', 'Look at the master of Redis.'],
  ERR: ['refused a command', 'The server has to be Redis from 6.2 on, or Valkey.'],
};

/** What a server answers that does not hold what others write: a replica, or a master that lost its replicas. */
const CUT_OFF: readonly string[] = [REFUSALS['READONLY']![0], REFUSALS['NOREPLICAS']![0]];

/** Whether a failure says that the server may not know what was written elsewhere. */
export function isCutOff(error: unknown): boolean {
  return error instanceof LoginStoreError && CUT_OFF.includes(error.problem);
}

/** Sends commands by the client of the application, and waits no longer than the timeout for each. */
export class RedisCommands {
  readonly #send: Send;
  readonly #timeout: number;
  #late = 0;

  /** @param timeout in ms */
  constructor(client: RedisClient, timeout: number) {
    this.#send = senderOf(client);
    this.#timeout = timeout;
  }

  /**
   * @param key says which node of a cluster is asked; an argument, too, unless the command has no key
   * @throws {@link LoginStoreError}
   */
  async send(key: string, command: string, ...args: (string | number)[]): Promise<unknown> {
    if (this.#late >= LATE_ANSWERS) throw this.#lateError();
    const answered = this.#sent(key, command, args.map(String));
    let timer: NodeJS.Timeout | undefined;
    let isLate = false;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        isLate = true;
        this.#late++;
        reject(this.#lateError());
      }, this.#timeout);
    });
    const settled = (): void => {
      clearTimeout(timer);
      if (isLate) this.#late--;
    };
    answered.then(settled, settled);
    try {
      return await Promise.race([answered, late]);
    } catch (error) {
      throw asLoginStoreError(error);
    }
  }

  /** A client may throw at once, too. */
  async #sent(key: string, command: string, args: string[]): Promise<unknown> {
    return this.#send(key, command, args);
  }

  #lateError(): LoginStoreError {
    return new LoginStoreError(
      `got no answer of Redis within ${this.#timeout} ms`,
      'Look whether Redis runs and can be reached, or give a longer `timeout`.',
    );
  }
}

/** Reads come from the master: what a replica says may be old. */
function senderOf(client: RedisClient): Send {
  const given: unknown = client;
  if (typeof given === 'object' && given !== null) {
    if (has<IoredisClient>(given, 'call')) {
      assertAsksMaster(given);
      return (_key, command, args) => given.call(command, args);
    }
    if (has<NodeRedisCluster>(given, 'sendCommand', 'nodeClient'))
      return (key, command, args) => given.sendCommand(key, false, [command, ...args]);
    if (has<NodeRedisSentinel>(given, 'sendCommand', 'getMasterNode'))
      return (_key, command, args) => given.sendCommand(false, [command, ...args]);
    if (has<NodeRedisClient>(given, 'sendCommand'))
      return (_key, command, args) => given.sendCommand([command, ...args]);
  }
  throw new InvalidOptionsError(
    'client',
    'must be a client of Redis',
    "Give one of 'ioredis' from 5.0 on, or of 'redis' from 5.0 on.",
  );
}

/** @throws {@link InvalidOptionsError} if a client of ioredis was told to ask replicas */
function assertAsksMaster(client: object): void {
  const { role, scaleReads = 'master' } = ('options' in client ? client.options : {}) as {
    role?: unknown;
    scaleReads?: unknown;
  };
  if (role !== 'slave' && scaleReads === 'master') return;
  throw new InvalidOptionsError(
    'client',
    'must not read from replicas, which learn of an end later',
    "Give a client without `role: 'slave'` and `scaleReads`.",
  );
}

/** Whether the last one that writes and the one that waits for replicas are the same connection. */
export function canWait(client: RedisClient): boolean {
  const isCluster = 'isCluster' in client && client.isCluster === true;
  const isPool = 'totalClients' in client;
  return !isCluster && !isPool && !('getMasterNode' in client);
}

function has<Client extends object>(value: object, ...methods: (keyof Client & string)[]): value is Client {
  return methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
}

function asLoginStoreError(error: unknown): LoginStoreError {
  if (error instanceof LoginStoreError) return error;
  const code = /^[A-Z]+/.exec(String((error as Partial<Error> | undefined)?.message))?.[0] ?? '';
  const [problem, remedy] = REFUSALS[code] ?? [
    `could not ask Redis: ${describeThrown(error)}`,
    'Look whether Redis runs, and whether its client is connected.',
  ];
  return new LoginStoreError(problem, remedy);
}
