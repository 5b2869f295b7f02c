import { SignatureV4 } from '@smithy/signature-v4'
import { assert, constantFrom, integer, asyncProperty } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Sha256 } from '../../../lib/sha256.ts'
import { parseTarget, type WireRequest } from '../wire.ts'
import { caller, minutes, verification } from '../testing/test-signing.ts'
import { verifyUpgrade } from './verify-upgrade.ts'

const { now, findCredential } = verification
const verify = (request: WireRequest) => verifyUpgrade(request, { now, findCredential, region: 'us-east-1' })

interface Presigning {
  accessKeyId?: string
  token?: string
  service?: string
  at?: Date
  /** As the client sends it; it signs the name alone. */
  host?: string
}

/** As a browser asks, with the token where AWS IoT wants it. */
async function presign({ accessKeyId = 'AKIAALICE', token, service, at = now, host }: Presigning = {}) {
  const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
  const signer = new SignatureV4({
    service: service ?? 'iotdevicegateway',
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey },
    sha256: Sha256 as never,
  })
  const request = {
    method: 'GET',
    protocol: 'wss:',
    hostname: 'iot.example',
    path: '/mqtt',
    headers: { host: 'iot.example' },
  }
  const { query } = await signer.presign(request, { signingDate: at, expiresIn: 60 })
  const text = new URLSearchParams(query as Record<string, string>)
  if (token !== undefined) text.append('X-Amz-Security-Token', token)
  return toRequest(`/mqtt?${text.toString()}`, host)
}

const toRequest = (target: string, host = 'iot.example'): WireRequest => ({
  method: 'GET',
  ...parseTarget(target),
  headers: { host, connection: 'Upgrade', upgrade: 'websocket' },
  body: new Uint8Array(),
})

describe('who asks for a WebSocket', () => {
  it.each<[string, Presigning]>([
    ['a user', {}],
    ['a user at a port that is not signed', { host: 'iot.example:8443' }],
  ])('is %s', async (_title, signing) => {
    await expect(verify(await presign(signing))).resolves.toEqual({ caller, accessKeyId: 'AKIAALICE' })
  })

  it('is a session, whose token is not signed and whose end is told', async () => {
    const request = await presign({ accessKeyId: 'ASIASESSION', token: 'the-token' })
    const expiresAt = new Date(now.getTime() + 1000)
    await expect(verify(request)).resolves.toEqual({ caller, accessKeyId: 'ASIASESSION', expiresAt })
  })
})

describe('a request for a WebSocket is refused', () => {
  it.each<[string, string, () => Promise<WireRequest>]>([
    ['without a signature', 'MissingAuthenticationTokenException', async () => toRequest('/mqtt')],
    ['for the service of the API', 'InvalidSignatureException', () => presign({ service: 'iotdata' })],
    ['too old', 'InvalidSignatureException', () => presign({ at: minutes(-2) })],
    ['ahead of time', 'InvalidSignatureException', () => presign({ at: minutes(16) })],
    ['to another host', 'InvalidSignatureException', () => presign({ host: 'elsewhere.example:8443' })],
    [
      'with a wrong token',
      'UnrecognizedClientException',
      () => presign({ accessKeyId: 'ASIASESSION', token: 'a' }),
    ],
    ['without its token', 'UnrecognizedClientException', () => presign({ accessKeyId: 'ASIASESSION' })],
    ['with a token for a key that has none', 'UnrecognizedClientException', () => presign({ token: 'a' })],
    [
      'of an expired session',
      'ExpiredTokenException',
      () => presign({ accessKeyId: 'ASIAEXPIRED', token: 'the-token' }),
    ],
    ['of an inactive key', 'UnrecognizedClientException', () => presign({ accessKeyId: 'AKIAINACTIVE' })],
  ])('%s', async (_title, code, makeRequest) => {
    await expect(verify(await makeRequest())).rejects.toMatchObject({ name: 'AwsError', code })
  })

  it('when any letter of what was signed is another one', async () => {
    const request = await presign()
    const names = [...request.query.keys()]
    await assert(
      asyncProperty(constantFrom(...names), integer({ min: 0, max: 200 }), async (name, place) => {
        const value = request.query.get(name)?.[0] ?? ''
        const at = place % value.length
        const other = value[at] === '1' ? '2' : '1'
        const changed = `${value.slice(0, at)}${other}${value.slice(at + 1)}`
        const query = new Map(request.query).set(name, [changed])
        await expect(verify({ ...request, query })).rejects.toMatchObject({ name: 'AwsError' })
      }),
    )
  })
})
