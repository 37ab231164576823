/** What a server process of the soak is told when it starts. */
export interface SoakSettings {
  /** The framework, and with it the client of Redis: ioredis beside Express, redis beside Fastify. */
  readonly host: 'express' | 'fastify';
  /** Where its Redis is. */
  readonly redisPort: number;
  readonly secret: string;
  /** ms */
  readonly maxLag: number;
}

/** Which login a cookie holds. A login gets a new epoch whenever it is the exception of `endAll()`. */
export interface Holder {
  readonly user: string;
  readonly login: number;
  readonly epoch: number;
}
