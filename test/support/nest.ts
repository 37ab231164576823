import { test } from '@jest/globals';
import * as common from '@nestjs/common';

/** Nest 12 taught handlers to return async generators and web responses, and brought a pipe for schemas. */
const IS_NEST_12 = 'StandardSchemaValidationPipe' in common;

/** `test`, skipped where Nest is too old for what it is about. */
export const testOnNest12: typeof test | typeof test.skip = IS_NEST_12 ? test : test.skip;
