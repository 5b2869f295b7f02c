import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accountId, openFleet, region, type Fleet } from '../../../test/helpers/fleet.ts'
import type { CallContext } from '../../api/aws/operations.ts'
import { AwsError } from '../../api/aws/errors.ts'
import type { Change } from '../../fabric/in-process/index.ts'
import { listTags } from '../../registry/tags/index.ts'
import type { CallFunction } from './ask-function.ts'
import { authorizersOperations } from './operations.ts'
import { authorizersPermissions } from './permissions.ts'
import { makeSigner } from './testing/test-keys.ts'

const authorizerFunctionArn = `arn:aws:lambda:${region}:${accountId}:function:gate`
const arnOf = (name: string) => `arn:aws:iot:${region}:${accountId}:authorizer/${name}`
const refusal = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) as string }) as unknown

const signer = makeSigner()
const signing = { tokenKeyName: 'token', tokenSigningPublicKeys: { first: signer.publicKey } }
const unsigned = { signingDisabled: true }

let fleet: Fleet
let operations: ReturnType<typeof authorizersOperations>
let context: CallContext
let changes: Change[]
let call: CallFunction
let called: Parameters<CallFunction>[0][]

beforeAll(async () => {
  fleet = await openFleet()
  const callFunction: CallFunction = (invocation) => {
    called.push(invocation)
    return call(invocation)
  }
  operations = authorizersOperations({ ...fleet, region, callFunction, timeoutMs: 20 })
  fleet.fabric.onChange((change) => void changes.push(change))
})
afterAll(() => fleet[Symbol.asyncDispose]())
beforeEach(async () => {
  await fleet.store.transact(async (db) => {
    await db.deleteFrom('authorizers').execute()
    await db.deleteFrom('default_authorizers').execute()
  })
  context = fleet.context
  changes = []
  called = []
  call = async () => ({ payload: Buffer.from('{"isAuthenticated":false}') })
})

const create = (authorizerName: string, more: object = unsigned) =>
  operations.CreateAuthorizer({ authorizerName, authorizerFunctionArn, ...more }, context)
const describeOne = async (authorizerName: string) =>
  (await operations.DescribeAuthorizer({ authorizerName }, context)).authorizerDescription
const update = (authorizerName: string, more: object) =>
  operations.UpdateAuthorizer({ authorizerName, ...more }, context)
const makeDefault = (authorizerName: string) => operations.SetDefaultAuthorizer({ authorizerName }, context)
const publicKeyOf = (type: 'ec' | 'ed25519') =>
  type === 'ec'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey
    : generateKeyPairSync('ed25519').publicKey

describe('an authorizer', () => {
  it('is created ACTIVE, checking signatures, caching nothing, and with tags', async () => {
    const created = await create('gate', { ...signing, tags: [{ Key: 'team', Value: 'doors' }] })
    expect(created).toEqual({ authorizerName: 'gate', authorizerArn: arnOf('gate') })
    expect(await describeOne('gate')).toEqual({
      ...created,
      ...signing,
      authorizerFunctionArn,
      status: 'ACTIVE',
      signingDisabled: false,
      enableCachingForHttp: false,
      creationDate: fleet.clock.now,
      lastModifiedDate: fleet.clock.now,
    })
    expect(await listTags(fleet.store.read, accountId, arnOf('gate'))).toEqual([
      { Key: 'team', Value: 'doors' },
    ])
    expect(changes).toEqual([{ accountId, kind: 'authorizer', id: 'gate' }])
  })

  it('is changed in one respect and keeps the others', async () => {
    await create('gate', signing)
    const other = makeSigner()
    const tokenSigningPublicKeys = { second: other.publicKey }
    expect(await update('gate', { tokenSigningPublicKeys })).toEqual({
      authorizerName: 'gate',
      authorizerArn: arnOf('gate'),
    })
    await update('gate', { status: 'INACTIVE', enableCachingForHttp: true, tokenKeyName: 'jwt' })
    expect(await describeOne('gate')).toMatchObject({
      authorizerFunctionArn,
      tokenSigningPublicKeys,
      tokenKeyName: 'jwt',
      status: 'INACTIVE',
      enableCachingForHttp: true,
    })
  })

  it.each<[string, object, string]>([
    [
      'checks signatures without a key name',
      { tokenSigningPublicKeys: signing.tokenSigningPublicKeys },
      'tokenKeyName and',
    ],
    [
      'checks signatures without a public key',
      { tokenKeyName: 'token' },
      'tokenSigningPublicKeys are required',
    ],
    [
      'has a key that is none',
      { ...signing, tokenSigningPublicKeys: { k: 'none' } },
      'tokenSigningPublicKeys.k must be an RSA',
    ],
    [
      'has a private key for a public one',
      { ...signing, tokenSigningPublicKeys: { k: signer.privateKey } },
      'must be an RSA public key',
    ],
    [
      'has a key of another kind',
      {
        ...signing,
        tokenSigningPublicKeys: { k: publicKeyOf('ec').export({ type: 'spki', format: 'pem' }) },
      },
      'must be an RSA public key',
    ],
    [
      'has a short key',
      { ...signing, tokenSigningPublicKeys: { k: makeSigner(1024).publicKey } },
      'at least 2048 bits, it has 1024',
    ],
    [
      'has a bad key though it checks nothing',
      {
        ...unsigned,
        tokenSigningPublicKeys: { k: publicKeyOf('ed25519').export({ type: 'spki', format: 'pem' }) },
      },
      'must be an RSA public key',
    ],
    [
      'has too many keys',
      {
        ...signing,
        tokenSigningPublicKeys: Object.fromEntries(
          Array.from({ length: 11 }, (_, index) => [`k${index}`, signer.publicKey]),
        ),
      },
      'at most 10 keys, got 11',
    ],
    [
      'calls what is no function',
      { ...unsigned, authorizerFunctionArn: arnOf('gate') },
      'authorizerFunctionArn must be',
    ],
    [
      "calls another account's function",
      { ...unsigned, authorizerFunctionArn: authorizerFunctionArn.replace(accountId, '111111111111') },
      `of the account ${accountId}`,
    ],
  ])('is refused when it %s', async (_, input, message) => {
    await expect(create('gate', input)).rejects.toEqual(refusal('InvalidRequestException', message))
    expect(changes).toEqual([])
  })

  it('is not changed into what could not be created', async () => {
    await create('gate', signing)
    await expect(update('gate', { tokenSigningPublicKeys: {} })).rejects.toEqual(
      refusal('InvalidRequestException', 'required unless'),
    )
    await expect(update('gate', { authorizerFunctionArn: 'gate' })).rejects.toEqual(
      refusal('InvalidRequestException', 'authorizerFunctionArn'),
    )
    expect(await describeOne('gate')).toMatchObject({ authorizerFunctionArn, ...signing })
  })

  it('has a name of its own', async () => {
    await create('gate')
    await expect(create('gate')).rejects.toEqual(
      refusal('ResourceAlreadyExistsException', 'there is an authorizer gate already'),
    )
  })

  it('is one of a hundred at most', async () => {
    for (let count = 0; count < 100; count++) await create(`gate-${count}`)
    await expect(create('one-more')).rejects.toEqual(refusal('LimitExceededException', 'at most 100'))
  })

  it.each([
    ['DescribeAuthorizer', () => describeOne('none')],
    ['UpdateAuthorizer', () => update('none', { status: 'ACTIVE' })],
    ['DeleteAuthorizer', () => operations.DeleteAuthorizer({ authorizerName: 'none' }, context)],
    ['SetDefaultAuthorizer', () => makeDefault('none')],
    ['TestInvokeAuthorizer', () => operations.TestInvokeAuthorizer({ authorizerName: 'none' }, context)],
  ])('that is not there is not found by %s', async (_, act) => {
    await expect(act()).rejects.toEqual(refusal('ResourceNotFoundException', 'there is no authorizer none'))
  })
})

describe('DeleteAuthorizer', () => {
  const remove = () => operations.DeleteAuthorizer({ authorizerName: 'gate' }, context)

  it('takes an INACTIVE authorizer away, and its tags', async () => {
    await create('gate', { ...unsigned, status: 'INACTIVE', tags: [{ Key: 'a', Value: 'b' }] })
    await remove()
    await expect(describeOne('gate')).rejects.toEqual(refusal('ResourceNotFoundException', 'gate'))
    expect(await listTags(fleet.store.read, accountId, arnOf('gate'))).toEqual([])
  })

  it('leaves an ACTIVE one', async () => {
    await create('gate')
    await expect(remove()).rejects.toEqual(refusal('DeleteConflictException', 'make it INACTIVE'))
    expect(await describeOne('gate')).toBeDefined()
  })

  it('leaves the default one, even INACTIVE', async () => {
    await create('gate', { ...unsigned, status: 'INACTIVE' })
    await makeDefault('gate')
    await expect(remove()).rejects.toEqual(refusal('DeleteConflictException', 'default authorizer'))
  })
})

describe('the default authorizer', () => {
  it('is none at first', async () => {
    const nothing = refusal('ResourceNotFoundException', 'no default authorizer')
    await expect(operations.DescribeDefaultAuthorizer({}, context)).rejects.toEqual(nothing)
    await expect(operations.ClearDefaultAuthorizer({}, context)).rejects.toEqual(nothing)
  })

  it('is set, replaced, and cleared', async () => {
    await create('gate')
    await create('door')
    expect(await makeDefault('gate')).toEqual({ authorizerName: 'gate', authorizerArn: arnOf('gate') })
    await makeDefault('door')
    const { authorizerDescription } = await operations.DescribeDefaultAuthorizer({}, context)
    expect(authorizerDescription).toEqual(await describeOne('door'))
    await operations.ClearDefaultAuthorizer({}, context)
    await expect(operations.DescribeDefaultAuthorizer({}, context)).rejects.toEqual(
      refusal('ResourceNotFoundException', 'no default authorizer'),
    )
  })

  it('is not set twice', async () => {
    await create('gate')
    await makeDefault('gate')
    await expect(makeDefault('gate')).rejects.toEqual(
      refusal('ResourceAlreadyExistsException', 'the default authorizer already'),
    )
  })
})

describe('ListAuthorizers', () => {
  const list = async (input: object) => {
    const { authorizers, nextMarker } = await operations.ListAuthorizers(input, context)
    return { names: authorizers?.map(({ authorizerName }) => authorizerName), nextMarker }
  }

  it('goes by name, page by page, in either order', async () => {
    for (const name of ['b', 'a', 'c']) await create(name)
    const first = await list({ pageSize: 2, ascendingOrder: true })
    expect(first.names).toEqual(['a', 'b'])
    expect(await list({ pageSize: 2, ascendingOrder: true, marker: first.nextMarker })).toEqual({
      names: ['c'],
      nextMarker: undefined,
    })
    const last = await list({ pageSize: 2 })
    expect(last.names).toEqual(['c', 'b'])
    expect((await list({ marker: last.nextMarker })).names).toEqual(['a'])
  })

  it('shows those of one status', async () => {
    await create('on')
    await create('off', { ...unsigned, status: 'INACTIVE' })
    expect((await list({ status: 'INACTIVE' })).names).toEqual(['off'])
    expect((await list({ status: 'ACTIVE' })).names).toEqual(['on'])
  })

  it('takes no marker that it did not make', async () => {
    await expect(list({ marker: 'AAA' })).rejects.toEqual(refusal('InvalidRequestException', 'marker'))
  })
})

describe('TestInvokeAuthorizer', () => {
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'iot:*', Resource: '*' }] }
  const answer = { isAuthenticated: true, principalId: 'ann', policyDocuments: [policy] }
  const answers = (said: object, functionError?: string) => {
    call = async () => ({
      payload: Buffer.from(JSON.stringify(said)),
      ...(functionError !== undefined && { functionError }),
    })
  }
  const test = (input: object = {}) =>
    operations.TestInvokeAuthorizer({ authorizerName: 'gate', ...input }, context)
  const event = () => JSON.parse(Buffer.from(called[0]!.payload).toString()) as object

  it('tells what the function answered, the policies as texts', async () => {
    await create('gate', { ...unsigned, status: 'INACTIVE' })
    answers({ ...answer, disconnectAfterInSeconds: 3600, refreshAfterInSeconds: 300 })
    expect(await test()).toEqual({
      isAuthenticated: true,
      principalId: 'ann',
      policyDocuments: [JSON.stringify(policy)],
      disconnectAfterInSeconds: 3600,
      refreshAfterInSeconds: 300,
    })
    expect(called[0]).toMatchObject({
      accountId,
      functionArn: authorizerFunctionArn,
      service: 'iot.amazonaws.com',
      sourceArn: arnOf('gate'),
      sourceAccount: accountId,
    })
  })

  it('hands the contexts over as of a client', async () => {
    await create('gate', signing)
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
    await create('gate')
    expect(await test()).toEqual({ isAuthenticated: false })
  })

  it('calls no function without a signature that counts', async () => {
    await create('gate', signing)
    const cases: [object, string][] = [
      [{}, 'authorizer-token-missing: there is no token under the key token'],
      [{ token: 'abc' }, 'authorizer-token-missing: there is no x-amz-customauthorizer-signature'],
      [{ token: 'abc', tokenSignature: signer.sign('abd') }, 'authorizer-signature-invalid'],
      [{ token: 'abc', tokenSignature: makeSigner().sign('abc') }, 'authorizer-signature-invalid'],
      [{ token: 'abc', tokenSignature: 'none' }, 'authorizer-signature-invalid'],
    ]
    for (const [input, message] of cases)
      await expect(test(input)).rejects.toEqual(refusal('InvalidRequestException', message))
    expect(called).toEqual([])
  })

  it('verifies with any of the public keys', async () => {
    const other = makeSigner()
    await create('gate', {
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
    await create('gate')
    answers(said)
    await expect(test()).rejects.toEqual(refusal('InvalidResponseException', message))
  })

  it('tells that the function failed, is not there, may not be called, or is late', async () => {
    await create('gate')
    answers({ errorMessage: 'the directory is down' }, 'Unhandled')
    await expect(test()).rejects.toEqual(
      refusal('InvalidResponseException', 'it failed: the directory is down'),
    )
    const throwing = (code: string, message: string) => () => Promise.reject(new AwsError(code, message))
    call = throwing('ResourceNotFoundException', 'Function not found')
    await expect(test()).rejects.toEqual(
      refusal('InvalidResponseException', 'authorizer-function-failed: ResourceNotFoundException'),
    )
    call = throwing('AccessDeniedException', 'User: iot.amazonaws.com is not authorized to perform')
    await expect(test()).rejects.toEqual(refusal('InvalidRequestException', 'authorizer-not-permitted'))
    call = throwing('AccessDeniedException', 'The role defined for the function cannot be assumed')
    await expect(test()).rejects.toEqual(refusal('InvalidResponseException', 'authorizer-function-failed'))
    call = () => new Promise(() => {})
    await expect(test()).rejects.toEqual(refusal('InvalidRequestException', 'authorizer-timed-out'))
  })
})

it('asks for a right on the authorizer, or on everything where none is named', () => {
  const scope = { accountId, region }
  const of = (authorizerName: string) => ({ authorizerName, authorizerFunctionArn })
  expect(authorizersPermissions.TestInvokeAuthorizer(of('gate'), scope)).toEqual({
    resources: [arnOf('gate')],
  })
  expect(authorizersPermissions.ClearDefaultAuthorizer()).toEqual({ resources: ['*'] })
})
