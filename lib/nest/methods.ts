import type { Type } from '@nestjs/common';

/** Returns the prototype, of a class or of one of its parents, that has a method of its own. */
export function methodHolderOf(prototype: object | null, method: string | symbol): object | undefined {
  for (let holder = prototype; holder; holder = Object.getPrototypeOf(holder) as object | null) {
    if (Object.hasOwn(holder, method)) return holder;
  }
  return undefined;
}

/** Returns the names of a class's methods, inherited ones included. */
export function methodsOf(type: Type): Set<string> {
  const names = new Set<string>();
  for (
    let holder = type.prototype as object;
    holder && holder !== Object.prototype;
    holder = Object.getPrototypeOf(holder) as object
  ) {
    for (const name of Object.getOwnPropertyNames(holder)) names.add(name);
  }
  return names;
}
