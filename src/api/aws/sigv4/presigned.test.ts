import { describe, expect, it } from 'vitest'
import type { WireRequest } from '../wire.ts'
import { minutes, sign, verification, withQuery } from '../testing/test-signing.ts'
import { verifySignature } from './verify.ts'

const wrong = 'InvalidSignatureException'
const incomplete = 'IncompleteSignatureException'
const unknown = 'UnrecognizedClientException'
const mismatch = 'The request signature we calculated does not match'

describe('a request is refused', () => {
  it.each<[string, string, string, () => Promise<WireRequest>]>([
    [
      'presigned and expired',
      wrong,
      'Signature expired',
      async () => sign({ at: minutes(-2), expiresIn: 119 }),
    ],
    [
      'presigned ahead of time',
      wrong,
      'not yet current',
      async () => sign({ at: minutes(16), expiresIn: 60 }),
    ],
    [
      'presigned without a signature',
      incomplete,
      "one 'X-Amz-Signature'",
      async () => withQuery(await sign({ expiresIn: 60 }), 'X-Amz-Signature', undefined),
    ],
    [
      'presigned with two dates',
      incomplete,
      "one 'X-Amz-Date'",
      async () =>
        withQuery(await sign({ expiresIn: 60 }), 'X-Amz-Date', ['20260304T050607Z', '20260304T050607Z']),
    ],
    [
      'presigned with a longer time than signed',
      wrong,
      mismatch,
      async () => withQuery(await sign({ expiresIn: 60 }), 'X-Amz-Expires', ['600']),
    ],
    [
      'presigned for more than a week',
      incomplete,
      'between 1 and 604800',
      async () => withQuery(await sign({ expiresIn: 60 }), 'X-Amz-Expires', ['604801']),
    ],
    [
      'presigned for a negative time',
      incomplete,
      'between 1 and 604800',
      async () => withQuery(await sign({ expiresIn: 60 }), 'X-Amz-Expires', ['-1']),
    ],
    [
      'presigned by another algorithm',
      incomplete,
      'X-Amz-Algorithm',
      async () => withQuery(await sign({ expiresIn: 60 }), 'X-Amz-Algorithm', ['AWS4-HMAC-SHA1']),
    ],
    [
      'presigned with a token added later',
      unknown,
      'invalid',
      async () => withQuery(await sign({ expiresIn: 60 }), 'X-Amz-Security-Token', ['x']),
    ],
    [
      'presigned with two tokens',
      incomplete,
      'X-Amz-Security-Token',
      async () => withQuery(await sign({ expiresIn: 60 }), 'X-Amz-Security-Token', ['x', 'y']),
    ],
    [
      'presigned without its token',
      unknown,
      'invalid',
      async () =>
        withQuery(
          await sign({ accessKeyId: 'ASIASESSION', sessionToken: 'the-token', expiresIn: 60 }),
          'X-Amz-Security-Token',
          undefined,
        ),
    ],
    [
      'presigned with another query value',
      wrong,
      mismatch,
      async () => withQuery(await sign({ expiresIn: 60 }), 'a', ['2']),
    ],
  ])('%s', async (_title, code, message, makeRequest) => {
    await expect(verifySignature(await makeRequest(), verification)).rejects.toMatchObject({
      name: 'AwsError',
      code,
      message: expect.stringContaining(message),
    })
  })
})
