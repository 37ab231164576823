// `nestjs-client-sessions/redis`: a store of logins in Redis or Valkey. It imports no client of Redis, not even a type.

export { redisLogins, type RedisLoginOptions } from './logins/redis-store.js';
export type {
  IoredisClient,
  NodeRedisClient,
  NodeRedisCluster,
  NodeRedisSentinel,
  RedisClient,
} from './logins/redis-client.js';
