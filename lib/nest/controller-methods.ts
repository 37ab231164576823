import type { Type } from '@nestjs/common';

export interface ControllerMethod {
  readonly name: string;
  readonly descriptor: PropertyDescriptor;
}

/** A controller's methods, inherited ones included. */
export function methodsOf(controller: Type): ControllerMethod[] {
  const methods: ControllerMethod[] = [];
  for (
    let holder = controller.prototype as object;
    holder && holder !== Object.prototype;
    holder = Object.getPrototypeOf(holder) as object
  ) {
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(holder))) {
      if (typeof descriptor.value === 'function') methods.push({ name, descriptor });
    }
  }
  return methods;
}
