/** A value as plain JSON, so that files can hold what JSON does not know. It may come from another realm. */
export function shown(value) {
  if (typeof value === 'bigint') return { BigInt: String(value) };
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0) ? value : oddly(value);
  if (value === undefined) return { undefined: true };
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(shown);
  switch (Object.prototype.toString.call(value)) {
    case '[object Date]':
      return { Date: value.toISOString() };
    case '[object Map]':
      return { Map: [...value].map(shown) };
    case '[object Set]':
      return { Set: [...value].map(shown) };
    case '[object Uint8Array]':
      return { [Buffer.isBuffer(value) ? 'Buffer' : 'Uint8Array']: Buffer.from(value).toString('hex') };
    default:
      return Object.fromEntries(Object.entries(value).map(([key, property]) => [key, shown(property)]));
  }
}

function oddly(number) {
  return { Number: Object.is(number, -0) ? '-0' : String(number) };
}

/** The options of a layout, with the functions that JSON cannot hold. Each step of a migration changes nothing. */
export function optionsOf({ options, subject }) {
  const steps = Array.from({ length: (options.version ?? 1) - 1 }, (_, i) => [i + 1, (old) => old]);
  return {
    ...options,
    ...(steps.length && { migrate: Object.fromEntries(steps) }),
    ...(subject && { subject: (content) => content[subject] }),
  };
}

/** Whether a codec can open it: without other cookies and a store, it knows neither the last use nor an end. */
export function isAlone({ cookies, facts, refused }) {
  return Object.keys(cookies).length === 1 && facts.length === 0 && refused !== 'idle';
}
