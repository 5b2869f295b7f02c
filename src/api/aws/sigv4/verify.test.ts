import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { parseTarget, type WireRequest } from '../wire.ts'
import {
  caller,
  minutes,
  sign,
  verification,
  withHeader,
  withQuery,
  type Signing,
} from '../testing/test-signing.ts'
import { verifySignature } from './verify.ts'

describe('a signature is accepted', () => {
  it.each<[string, Signing]>([
    ['over a body and a query', {}],
    ['without a body', { method: 'GET', body: '' }],
    ['over a path with encoded slashes and letters', { target: '/attached-policies/arn%3Aa%2Fb%20%C3%BC' }],
    ['over a query with repeated and empty parameters', { target: '/x?k=b&k=a&empty=&A=%2F%3D' }],
    ['over headers that signers usually leave out', { headers: { 'x-amz-target': 'a', accept: ' a  b ' } }],
    ['15 minutes old', { at: minutes(-15) }],
    ['15 minutes early', { at: minutes(15) }],
    ['of a session with its token', { accessKeyId: 'ASIASESSION', sessionToken: 'the-token' }],
    ['presigned', { method: 'GET', body: '', expiresIn: 60 }],
    ['presigned, after 15 minutes but within its time', { at: minutes(-59), expiresIn: 3600 }],
    ['presigned, of a session', { accessKeyId: 'ASIASESSION', sessionToken: 'the-token', expiresIn: 60 }],
  ])('%s', async (_title, signing) => {
    const { accessKeyId = 'AKIAALICE' } = signing as Signing
    await expect(verifySignature(await sign(signing), verification)).resolves.toEqual({
      caller,
      accessKeyId,
      service: 'iot',
      region: 'us-east-1',
    })
  })

  it.each([
    ['/', 'service', 'host;x-amz-date', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    [
      '/?Param2=value2&Param1=value1',
      'service',
      'host;x-amz-date',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    [
      '/?Action=ListUsers&Version=2010-05-08',
      'iam',
      'content-type;host;x-amz-date',
      '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
    ],
  ])("of AWS's published example %s", async (target, service, signedHeaders, signature) => {
    const scope = `20150830/us-east-1/${service}/aws4_request`
    const request = {
      method: 'GET',
      ...parseTarget(target),
      headers: {
        host: service === 'iam' ? 'iam.amazonaws.com' : 'example.amazonaws.com',
        'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
        'x-amz-date': '20150830T123600Z',
        authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
      },
      body: new Uint8Array(),
    }
    const then = { ...verification, now: new Date('2015-08-30T12:36:00Z') }
    await expect(verifySignature(request, then)).resolves.toMatchObject({ service })
  })
})

const wrong = 'InvalidSignatureException'
const incomplete = 'IncompleteSignatureException'
const unknown = 'UnrecognizedClientException'
const mismatch = 'The request signature we calculated does not match'
const authorization = 'authorization'

describe('a request is refused', () => {
  it.each<[string, string, string, () => Promise<WireRequest>]>([
    [
      'without a signature',
      'MissingAuthenticationTokenException',
      'Missing',
      async () => withHeader(await sign(), authorization, () => undefined),
    ],
    ['of an unknown access key', unknown, 'invalid', async () => sign({ accessKeyId: 'AKIANOBODY' })],
    [
      'of an access key named like a built-in',
      unknown,
      'invalid',
      async () => sign({ accessKeyId: '__proto__' }),
    ],
    ['of an inactive access key', unknown, 'invalid', async () => sign({ accessKeyId: 'AKIAINACTIVE' })],
    ['of a session without its token', unknown, 'invalid', async () => sign({ accessKeyId: 'ASIASESSION' })],
    [
      'of a session with another token',
      unknown,
      'invalid',
      async () => sign({ accessKeyId: 'ASIASESSION', sessionToken: 'the-tokem' }),
    ],
    [
      'with a token that its key does not have',
      unknown,
      'invalid',
      async () => sign({ sessionToken: 'the-token' }),
    ],
    [
      'of an expired session',
      'ExpiredTokenException',
      'expired',
      async () => sign({ accessKeyId: 'ASIAEXPIRED', sessionToken: 'the-token' }),
    ],
    ['signed with another secret', wrong, mismatch, async () => sign({ secret: 'another' })],
    ['scoped to another region', wrong, 'wrong region eu-west-1', async () => sign({ region: 'eu-west-1' })],
    ['signed more than 15 minutes ago', wrong, 'Signature expired', async () => sign({ at: minutes(-15.1) })],
    ['signed more than 15 minutes ahead', wrong, 'not yet current', async () => sign({ at: minutes(15.1) })],
    ['with another method', wrong, mismatch, async () => ({ ...(await sign()), method: 'PUT' })],
    ...['/topics/x/../b', '/topics/./b', '/topics//b', '//topics/b', '/topics/b/.'].map(
      (path): [string, string, string, () => Promise<WireRequest>] => [
        `with the path ${path}, which is signed like another one`,
        wrong,
        'no empty segments',
        async () => ({ ...(await sign({ target: '/topics/b' })), path }),
      ],
    ),
    ['with another path', wrong, mismatch, async () => ({ ...(await sign()), path: '/things/lamp-2' })],
    [
      'with another body',
      wrong,
      mismatch,
      async () =>
        withHeader({ ...(await sign()), body: Buffer.from('{"a":2}') }, 'x-amz-content-sha256', () =>
          hash('sha256', '{"a":2}', 'hex'),
        ),
    ],
    [
      'with a body that is not the stated one',
      wrong,
      "'x-amz-content-sha256' is not the SHA-256",
      async () => ({ ...(await sign()), body: Buffer.from('{"a":2}') }),
    ],
    [
      'whose body is declared unsigned',
      wrong,
      "'x-amz-content-sha256' is not the SHA-256",
      async () => sign({ headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }),
    ],
    ['with another query value', wrong, mismatch, async () => withQuery(await sign(), 'a', ['2'])],
    ['with one more query parameter', wrong, mismatch, async () => withQuery(await sign(), 'c', ['1'])],
    [
      'with one more value of a parameter',
      wrong,
      mismatch,
      async () => withQuery(await sign(), 'a', ['1', '1']),
    ],
    ['without a query parameter', wrong, mismatch, async () => withQuery(await sign(), 'a', undefined)],
    [
      'with another header value',
      wrong,
      mismatch,
      async () => withHeader(await sign(), 'x-amzn-principal', () => 'arn:q'),
    ],
    ['with another host', wrong, mismatch, async () => withHeader(await sign(), 'host', () => 'evil')],
    [
      'with another time',
      wrong,
      mismatch,
      async () => withHeader(await sign(), 'x-amz-date', () => '20260304T050608Z'),
    ],
    [
      'with one more x-amz header',
      wrong,
      "'x-amz-target' must be one of the signed headers",
      async () => withHeader(await sign(), 'x-amz-target', () => 'a'),
    ],
    [
      'with one more x-amzn header',
      wrong,
      "'x-amzn-iot-principal' must be",
      async () => withHeader(await sign(), 'x-amzn-iot-principal', () => 'a'),
    ],
    [
      'that signs no host',
      wrong,
      "'host' must be",
      async () => withHeader(await sign(), authorization, (value) => value.replace('host;', '')),
    ],
    [
      'that signs a header it does not have',
      wrong,
      "'accept' is not in the request",
      async () =>
        withHeader(await sign(), authorization, (value) =>
          value.replace('SignedHeaders=', 'SignedHeaders=accept;'),
        ),
    ],
    [
      'with a shorter signature',
      wrong,
      mismatch,
      async () => withHeader(await sign(), authorization, (value) => value.slice(0, -1)),
    ],
    [
      'with an upper-case signature',
      wrong,
      mismatch,
      async () =>
        withHeader(await sign(), authorization, (value) =>
          value.replace(/Signature=.*/, (signature) => `Signature=${signature.slice(10).toUpperCase()}`),
        ),
    ],
    [
      'whose scope has another day',
      wrong,
      'Date in Credential scope does not match',
      async () => withHeader(await sign(), authorization, (value) => value.replace('20260304', '20260305')),
    ],
    [
      'whose scope has another service',
      wrong,
      mismatch,
      async () => withHeader(await sign(), authorization, (value) => value.replace('/iot/', '/iam/')),
    ],
    [
      'whose scope ends otherwise',
      incomplete,
      'aws4_request',
      async () =>
        withHeader(await sign(), authorization, (value) => value.replace('aws4_request', 'aws5_request')),
    ],
    [
      'whose scope lacks a part',
      incomplete,
      'the credential must be',
      async () => withHeader(await sign(), authorization, (value) => value.replace('/iot', '')),
    ],
    [
      'of another algorithm',
      incomplete,
      'must start with AWS4-HMAC-SHA256',
      async () => withHeader(await sign(), authorization, () => 'Bearer abc'),
    ],
    [
      'without a credential',
      incomplete,
      "requires 'Credential'",
      async () =>
        withHeader(await sign(), authorization, (value) => value.replace('Credential=', 'Credentials=')),
    ],
    [
      'without signed headers',
      incomplete,
      "requires 'SignedHeaders'",
      async () =>
        withHeader(await sign(), authorization, (value) => value.replace(/SignedHeaders=[^,]*/, '')),
    ],
    [
      'with an empty signature',
      incomplete,
      "requires 'Signature'",
      async () =>
        withHeader(await sign(), authorization, (value) => value.replace(/Signature=.*/, 'Signature=')),
    ],
    [
      'without a time',
      incomplete,
      "'X-Amz-Date'",
      async () => withHeader(await sign(), 'x-amz-date', () => undefined),
    ],
    [
      'with a time of another form',
      incomplete,
      '20260102T030405Z',
      async () => withHeader(await sign(), 'x-amz-date', () => 'yesterday 1'),
    ],
    [
      'with an impossible time',
      wrong,
      'Signature expired',
      async () => withHeader(await sign(), 'x-amz-date', () => '20260304T996167Z'),
    ],
    [
      'signed by header and presigned',
      incomplete,
      'signed twice',
      async () => withQuery(await sign(), 'X-Amz-Signature', ['ab']),
    ],
  ])('%s', async (_title, code, message, makeRequest) => {
    await expect(verifySignature(await makeRequest(), verification)).rejects.toMatchObject({
      name: 'AwsError',
      code,
      message: expect.stringContaining(message),
    })
  })

  it('never repeats the secret or the token', async () => {
    const request = await sign({ accessKeyId: 'ASIASESSION', sessionToken: 'the-token', secret: 'another' })
    const error: unknown = await verifySignature(request, verification).catch((reason: unknown) => reason)
    expect(String(error)).not.toMatch(/the-token|another|wJalr/)
  })
})
