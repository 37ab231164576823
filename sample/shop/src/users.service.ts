import { Injectable } from '@nestjs/common';

/** Demonstration users. A real shop keeps hashes made with scrypt or argon2 instead. */
@Injectable()
export class Users {
  readonly passwords: ReadonlyMap<string, string> = new Map([
    ['ada', 'lovelace'],
    ['grace', 'hopper'],
  ]);

  areCredentials(name: string, password: string): boolean {
    return this.passwords.has(name) && this.passwords.get(name) === password;
  }
}
