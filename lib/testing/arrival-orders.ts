/** What happens next: a request is sent, with the cookies that the browser has then, or its answer arrives. */
export interface Step {
  readonly type: 'send' | 'arrive';
  /** Which of the requests. */
  readonly request: number;
}

export type Order = readonly Step[];

/** Numbers of at least 0 and less than 1. */
export type Chance = () => number;

/** Up to this many requests, every order is tried in which they can be under way together. */
const MOST_IN_ANY_ORDER = 3;
/** Up to this many, the answers arrive in every order after all requests were sent. */
const MOST_IN_ANY_ARRIVAL = 5;

/** The requests come one after another. */
export function inSequence(requests: readonly number[]): Order {
  return requests.flatMap((request) => [send(request), arrive(request)]);
}

/** Every order in which the answers of requests that were sent at once can arrive. */
export function* arrivalOrders(requests: readonly number[]): Generator<Order> {
  for (const arrival of permutations(requests)) yield [...requests.map(send), ...arrival.map(arrive)];
}

/** Every order in which requests can be sent and answered so that at each moment one of them is under way. */
export function* overlappingOrders(count: number): Generator<Order> {
  yield* continued([], count);
}

/** Orders to try: every one, if there are few requests, and then random ones, none of them twice. */
export function* ordersOf(count: number, most: number, chance: Chance): Generator<Order> {
  const requests = Array.from({ length: count }, (_, i) => i);
  const tried = new Set<string>();
  const every = count <= MOST_IN_ANY_ORDER ? overlappingOrders(count) : arrivalOrders(requests);
  if (count <= MOST_IN_ANY_ARRIVAL) {
    for (const order of every) {
      if (tried.size === most) return;
      tried.add(keyOf(order));
      yield order;
    }
  }
  if (count <= MOST_IN_ANY_ORDER) return;
  // Some random orders come twice, so that there are more tries than orders.
  for (let i = 0; i < 10 * most && tried.size < most; i++) {
    const order = randomOrder(count, chance);
    if (tried.has(keyOf(order))) continue;
    tried.add(keyOf(order));
    yield order;
  }
}

/** Random numbers that are the same for the same seed: mulberry32. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function* continued(order: Order, count: number): Generator<Order> {
  const steps = nextSteps(order, count);
  if (steps.length === 0) yield order;
  for (const step of steps) yield* continued([...order, step], count);
}

function randomOrder(count: number, chance: Chance): Order {
  const order: Step[] = [];
  for (;;) {
    const steps = nextSteps(order, count);
    if (steps.length === 0) return order;
    order.push(steps[Math.floor(chance() * steps.length)]!);
  }
}

/** While there are requests to be sent, the last one under way does not end. */
function nextSteps(order: Order, count: number): Step[] {
  const requests = Array.from({ length: count }, (_, i) => i);
  const has = (type: Step['type']) => (request: number) =>
    order.some((step) => step.type === type && step.request === request);
  const unsent = requests.filter((request) => !has('send')(request));
  const underWay = requests.filter((request) => has('send')(request) && !has('arrive')(request));
  return [...unsent.map(send), ...(unsent.length === 0 || underWay.length > 1 ? underWay.map(arrive) : [])];
}

function* permutations(items: readonly number[]): Generator<readonly number[]> {
  if (items.length === 0) yield [];
  for (const item of items)
    for (const rest of permutations(items.filter((each) => each !== item))) yield [item, ...rest];
}

function send(request: number): Step {
  return { type: 'send', request };
}

function arrive(request: number): Step {
  return { type: 'arrive', request };
}

function keyOf(order: Order): string {
  return order.map(({ type, request }) => type[0]! + request).join();
}
