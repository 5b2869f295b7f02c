import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accountId, openFleet } from '../../../test/helpers/fleet.ts'
import { AwsError } from '../../api/aws/errors.ts'
import { makeSigner } from './testing/test-keys.ts'
import {
  arnOf,
  AuthorizerScene,
  authorizerFunctionArn,
  refusal,
  signer,
  signing,
  unsigned,
} from './testing/test-authorizers.ts'

let scene: AuthorizerScene
beforeAll(async () => void (scene = new AuthorizerScene(await openFleet())))
afterAll(() => scene.fleet[Symbol.asyncDispose]())
beforeEach(() => scene.reset())

describe('TestInvokeAuthorizer', () => {
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'iot:*', Resource: '*' }] }
  const answer = { isAuthenticated: true, principalId: 'ann', policyDocuments: [policy] }
  const answers = (said: object, functionError?: string) => {
    scene.call = async () => ({
      payload: Buffer.from(JSON.stringify(said)),
      ...(functionError !== undefined && { functionError }),
    })
  }
  const test = (input: object = {}) =>
    scene.operations.TestInvokeAuthorizer({ authorizerName: 'gate', ...input }, scene.context)
  const event = () => JSON.parse(Buffer.from(scene.called[0]!.payload).toString()) as object

  it('tells what the function answered, the policies as texts', async () => {
    await scene.create('gate', { ...unsigned, status: 'INACTIVE' })
    answers({ ...answer, disconnectAfterInSeconds: 3600, refreshAfterInSeconds: 300 })
    expect(await test()).toEqual({
      isAuthenticated: true,
      principalId: 'ann',
      policyDocuments: [JSON.stringify(policy)],
      disconnectAfterInSeconds: 3600,
      refreshAfterInSeconds: 300,
    })
    expect(scene.called[0]).toMatchObject({
      accountId,
      functionArn: authorizerFunctionArn,
      service: 'iot.amazonaws.com',
      sourceArn: arnOf('gate'),
      sourceAccount: accountId,
    })
  })

  it('hands the contexts over as of a client', async () => {
    await scene.create('gate', signing)
    answers(answer)
    await test({
      token: 'abc',
      tokenSignature: signer.sign('abc'),
      tlsContext: { serverName: 'iot.example' },
      httpContext: { headers: { Host: 'iot.example' }, queryString: '?a=b' },
      mqttContext: { username: 'ann', password: Buffer.from('secret'), clientId: 'lamp' },
    })
    expect(event()).toEqual({
      token: 'abc',
      signatureVerified: true,
      protocols: ['tls', 'http', 'mqtt'],
      protocolData: {
        tls: { serverName: 'iot.example' },
        http: { headers: { Host: 'iot.example' }, queryString: '?a=b' },
        mqtt: { username: 'ann', password: 'c2VjcmV0', clientId: 'lamp' },
      },
      connectionMetadata: { id: expect.stringMatching(/^[\da-f-]{36}$/) as string },
    })
  })

  it('says no where the function does', async () => {
    await scene.create('gate')
    expect(await test()).toEqual({ isAuthenticated: false })
  })

  it('calls no function without a signature that counts', async () => {
    await scene.create('gate', signing)
    const cases: [object, string][] = [
      [{}, 'authorizer-token-missing: there is no token under the key token'],
      [{ token: 'abc' }, 'authorizer-token-missing: there is no x-amz-customauthorizer-signature'],
      [{ token: 'abc', tokenSignature: signer.sign('abd') }, 'authorizer-signature-invalid'],
      [{ token: 'abc', tokenSignature: makeSigner().sign('abc') }, 'authorizer-signature-invalid'],
      [{ token: 'abc', tokenSignature: 'none' }, 'authorizer-signature-invalid'],
    ]
    for (const [input, message] of cases)
      await expect(test(input)).rejects.toEqual(refusal('InvalidRequestException', message))
    expect(scene.called).toEqual([])
  })

  it('verifies with any of the public keys', async () => {
    const other = makeSigner()
    await scene.create('gate', {
      ...signing,
      tokenSigningPublicKeys: { one: signer.publicKey, two: other.publicKey },
    })
    for (const { sign } of [signer, other])
      expect(await test({ token: 'abc', tokenSignature: sign('abc') })).toEqual({ isAuthenticated: false })
  })

  it.each<[string, object, string]>([
    ['is no object', [], 'the answer must be an object'],
    ['does not say', {}, 'isAuthenticated must be true or false, got nothing'],
    ['says by a word', { isAuthenticated: 'true' }, 'got "true"'],
    ['has no principal', { ...answer, principalId: undefined }, 'principalId must be 1 to 128 letters'],
    ['has a principal with a dash', { ...answer, principalId: 'a-b' }, 'got "a-b"'],
    ['has a principal too long', { ...answer, principalId: 'a'.repeat(129) }, 'principalId'],
    ['has no policies', { ...answer, policyDocuments: undefined }, 'policyDocuments must be a list'],
    ['has too many policies', { ...answer, policyDocuments: Array(11).fill(policy) }, 'at most 10, got 11'],
    [
      'has a policy too long',
      { ...answer, policyDocuments: [{ ...policy, Id: 'x'.repeat(2048) }] },
      'policyDocuments[0] has',
    ],
    [
      'has a policy that is none',
      { ...answer, policyDocuments: [policy, { Statement: [] }] },
      'policyDocuments[1]:',
    ],
    ['ends too early', { ...answer, disconnectAfterInSeconds: 299 }, 'from 300 to 86400, got 299'],
    ['ends too late', { ...answer, disconnectAfterInSeconds: 86_401 }, 'disconnectAfterInSeconds'],
    ['is refreshed too often', { ...answer, refreshAfterInSeconds: 60 }, 'refreshAfterInSeconds must be'],
    ['is refreshed by parts of seconds', { ...answer, refreshAfterInSeconds: 300.5 }, 'a whole number'],
  ])('refuses an answer that %s', async (_, said, message) => {
    await scene.create('gate')
    answers(said)
    await expect(test()).rejects.toEqual(refusal('InvalidResponseException', message))
  })

  it('tells that the function failed, is not there, may not be called, or is late', async () => {
    await scene.create('gate')
    answers({ errorMessage: 'the directory is down' }, 'Unhandled')
    await expect(test()).rejects.toEqual(
      refusal('InvalidResponseException', 'it failed: the directory is down'),
    )
    const throwing = (code: string, message: string) => () => Promise.reject(new AwsError(code, message))
    scene.call = throwing('ResourceNotFoundException', 'Function not found')
    await expect(test()).rejects.toEqual(
      refusal('InvalidResponseException', 'authorizer-function-failed: ResourceNotFoundException'),
    )
    scene.call = throwing('AccessDeniedException', 'User: iot.amazonaws.com is not authorized to perform')
    await expect(test()).rejects.toEqual(refusal('InvalidRequestException', 'authorizer-not-permitted'))
    scene.call = throwing('AccessDeniedException', 'The role defined for the function cannot be assumed')
    await expect(test()).rejects.toEqual(refusal('InvalidResponseException', 'authorizer-function-failed'))
    scene.call = () => new Promise(() => {})
    await expect(test()).rejects.toEqual(refusal('InvalidRequestException', 'authorizer-timed-out'))
  })
})
