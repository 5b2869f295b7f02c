import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accountId, openFleet, region } from '../../../test/helpers/fleet.ts'
import { listTags } from '../../registry/tags/index.ts'
import { authorizersPermissions } from './permissions.ts'
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

const publicKeyOf = (type: 'ec' | 'ed25519') =>
  type === 'ec'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey
    : generateKeyPairSync('ed25519').publicKey

describe('an authorizer', () => {
  it('is created ACTIVE, checking signatures, caching nothing, and with tags', async () => {
    const created = await scene.create('gate', { ...signing, tags: [{ Key: 'team', Value: 'doors' }] })
    expect(created).toEqual({ authorizerName: 'gate', authorizerArn: arnOf('gate') })
    expect(await scene.describe('gate')).toEqual({
      ...created,
      ...signing,
      authorizerFunctionArn,
      status: 'ACTIVE',
      signingDisabled: false,
      enableCachingForHttp: false,
      creationDate: scene.fleet.clock.now,
      lastModifiedDate: scene.fleet.clock.now,
    })
    expect(await listTags(scene.fleet.store.read, accountId, arnOf('gate'))).toEqual([
      { Key: 'team', Value: 'doors' },
    ])
    expect(scene.changes).toEqual([{ accountId, kind: 'authorizer', id: 'gate' }])
  })

  it('is changed in one respect and keeps the others', async () => {
    await scene.create('gate', signing)
    const other = makeSigner()
    const tokenSigningPublicKeys = { second: other.publicKey }
    expect(await scene.update('gate', { tokenSigningPublicKeys })).toEqual({
      authorizerName: 'gate',
      authorizerArn: arnOf('gate'),
    })
    await scene.update('gate', { status: 'INACTIVE', enableCachingForHttp: true, tokenKeyName: 'jwt' })
    expect(await scene.describe('gate')).toMatchObject({
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
    await expect(scene.create('gate', input)).rejects.toEqual(refusal('InvalidRequestException', message))
    expect(scene.changes).toEqual([])
  })

  it('is not changed into what could not be created', async () => {
    await scene.create('gate', signing)
    await expect(scene.update('gate', { tokenSigningPublicKeys: {} })).rejects.toEqual(
      refusal('InvalidRequestException', 'required unless'),
    )
    await expect(scene.update('gate', { authorizerFunctionArn: 'gate' })).rejects.toEqual(
      refusal('InvalidRequestException', 'authorizerFunctionArn'),
    )
    expect(await scene.describe('gate')).toMatchObject({ authorizerFunctionArn, ...signing })
  })

  it('has a name of its own', async () => {
    await scene.create('gate')
    await expect(scene.create('gate')).rejects.toEqual(
      refusal('ResourceAlreadyExistsException', 'there is an authorizer gate already'),
    )
  })

  it('is one of a hundred at most', async () => {
    for (let count = 0; count < 100; count++) await scene.create(`gate-${count}`)
    await expect(scene.create('one-more')).rejects.toEqual(refusal('LimitExceededException', 'at most 100'))
  })

  it.each([
    ['DescribeAuthorizer', () => scene.describe('none')],
    ['UpdateAuthorizer', () => scene.update('none', { status: 'ACTIVE' })],
    ['DeleteAuthorizer', () => scene.operations.DeleteAuthorizer({ authorizerName: 'none' }, scene.context)],
    ['SetDefaultAuthorizer', () => scene.makeDefault('none')],
    [
      'TestInvokeAuthorizer',
      () => scene.operations.TestInvokeAuthorizer({ authorizerName: 'none' }, scene.context),
    ],
  ])('that is not there is not found by %s', async (_, act) => {
    await expect(act()).rejects.toEqual(refusal('ResourceNotFoundException', 'there is no authorizer none'))
  })
})

describe('DeleteAuthorizer', () => {
  const remove = () => scene.operations.DeleteAuthorizer({ authorizerName: 'gate' }, scene.context)

  it('takes an INACTIVE authorizer away, and its tags', async () => {
    await scene.create('gate', { ...unsigned, status: 'INACTIVE', tags: [{ Key: 'a', Value: 'b' }] })
    await remove()
    await expect(scene.describe('gate')).rejects.toEqual(refusal('ResourceNotFoundException', 'gate'))
    expect(await listTags(scene.fleet.store.read, accountId, arnOf('gate'))).toEqual([])
  })

  it('leaves an ACTIVE one', async () => {
    await scene.create('gate')
    await expect(remove()).rejects.toEqual(refusal('DeleteConflictException', 'make it INACTIVE'))
    expect(await scene.describe('gate')).toBeDefined()
  })

  it('leaves the default one, even INACTIVE', async () => {
    await scene.create('gate', { ...unsigned, status: 'INACTIVE' })
    await scene.makeDefault('gate')
    await expect(remove()).rejects.toEqual(refusal('DeleteConflictException', 'default authorizer'))
  })
})

describe('the default authorizer', () => {
  it('is none at first', async () => {
    const nothing = refusal('ResourceNotFoundException', 'no default authorizer')
    await expect(scene.operations.DescribeDefaultAuthorizer({}, scene.context)).rejects.toEqual(nothing)
    await expect(scene.operations.ClearDefaultAuthorizer({}, scene.context)).rejects.toEqual(nothing)
  })

  it('is set, replaced, and cleared', async () => {
    await scene.create('gate')
    await scene.create('door')
    expect(await scene.makeDefault('gate')).toEqual({ authorizerName: 'gate', authorizerArn: arnOf('gate') })
    await scene.makeDefault('door')
    const { authorizerDescription } = await scene.operations.DescribeDefaultAuthorizer({}, scene.context)
    expect(authorizerDescription).toEqual(await scene.describe('door'))
    await scene.operations.ClearDefaultAuthorizer({}, scene.context)
    await expect(scene.operations.DescribeDefaultAuthorizer({}, scene.context)).rejects.toEqual(
      refusal('ResourceNotFoundException', 'no default authorizer'),
    )
  })

  it('is not set twice', async () => {
    await scene.create('gate')
    await scene.makeDefault('gate')
    await expect(scene.makeDefault('gate')).rejects.toEqual(
      refusal('ResourceAlreadyExistsException', 'the default authorizer already'),
    )
  })
})

describe('ListAuthorizers', () => {
  const list = async (input: object) => {
    const { authorizers, nextMarker } = await scene.operations.ListAuthorizers(input, scene.context)
    return { names: authorizers?.map(({ authorizerName }) => authorizerName), nextMarker }
  }

  it('goes by name, page by page, in either order', async () => {
    for (const name of ['b', 'a', 'c']) await scene.create(name)
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
    await scene.create('on')
    await scene.create('off', { ...unsigned, status: 'INACTIVE' })
    expect((await list({ status: 'INACTIVE' })).names).toEqual(['off'])
    expect((await list({ status: 'ACTIVE' })).names).toEqual(['on'])
  })

  it('takes no marker that it did not make', async () => {
    await expect(list({ marker: 'AAA' })).rejects.toEqual(refusal('InvalidRequestException', 'marker'))
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
