import { expectTypeOf } from 'vitest'

import {
  ConnectionError,
  DeadlineError,
  type ErrorCode,
  EverwarmError,
  isEverwarmError,
  KeyNotFoundError,
  OptionError,
  SignatureError,
  type SignatureReason,
} from '../../src/errors.ts'

declare const caught: unknown

if (isEverwarmError(caught)) {
  expectTypeOf(caught).toEqualTypeOf<EverwarmError>()
  expectTypeOf(caught.code).toEqualTypeOf<ErrorCode>()

  // @ts-expect-error a code that does not exist is no code to compare with
  void (caught.code === 'ERR_NONE')
}

if (caught instanceof DeadlineError) {
  expectTypeOf(caught.operation).toEqualTypeOf<string>()
  expectTypeOf(caught.deadlineMs).toEqualTypeOf<number>()
  expectTypeOf(caught.server).toEqualTypeOf<string | undefined>()

  // @ts-expect-error the facts of an error do not change
  caught.deadlineMs = 1
}

if (caught instanceof SignatureError) {
  expectTypeOf(caught.reason).toEqualTypeOf<SignatureReason>()
  expectTypeOf<SignatureReason>().toEqualTypeOf<'invalid' | 'expired'>()
}

expectTypeOf(ConnectionError).instance.toExtend<EverwarmError>()
expectTypeOf(ConnectionError).constructorParameters.toEqualTypeOf<[server: string, message: string, cause?: unknown]>()
expectTypeOf(new KeyNotFoundError('key', 'message').key).toEqualTypeOf<string>()
expectTypeOf(new OptionError('timeout', 'message').cause).toEqualTypeOf<unknown>()

// @ts-expect-error an error needs its code
void new EverwarmError('message')
