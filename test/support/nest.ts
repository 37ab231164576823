import { test } from '@jest/globals';
import * as common from '@nestjs/common';

/** Since Nest 12, handlers may return async generators and web responses, and there is a pipe for schemas. */
export const IS_NEST_12: boolean = 'StandardSchemaValidationPipe' in common;

/** `test`, but skipped if Nest is too old for the tested feature. */
export const testOnNest12: typeof test | typeof test.skip = IS_NEST_12 ? test : test.skip;
