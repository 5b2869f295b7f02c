import { forOneAccount } from '../../../test/helpers/for-one-account.ts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openFleet, accountId, region, type Fleet } from '../../../test/helpers/fleet.ts'
import type { AuthorizerConfig } from '@aws-sdk/client-iot'
import {
  createCustomAuthenticator,
  type CustomAuthenticator,
  type CustomAuthRequest,
} from './custom-authenticator.ts'
import { openKnownAuthorizers, type KnownAuthorizers } from './known-authorizers.ts'
import { authorizersOperations } from './operations.ts'

const authorizerFunctionArn = `arn:aws:lambda:${region}:${accountId}:function:gate`
const policy = (Effect: string, Action: string, Resource = '*') => ({
  Version: '2012-10-17',
  Statement: [{ Effect, Action, Resource }],
})
const resource = `arn:aws:iot:${region}:${accountId}:topic/a`

let fleet: Fleet
let known: KnownAuthorizers
let authenticator: CustomAuthenticator
let operations: ReturnType<typeof authorizersOperations>
let said: object
let events: Record<string, unknown>[]
let bugs: unknown[]
let broken: Error | undefined

let answered: Promise<void> | undefined

beforeAll(async () => {
  fleet = await openFleet()
})
afterAll(() => fleet[Symbol.asyncDispose]())
beforeEach(async () => {
  await fleet.store.transact(async (db) => {
    await db.deleteFrom('authorizers').execute()
    await db.deleteFrom('default_authorizers').execute()
  })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  answered = undefined
  events = []
  bugs = []
  broken = undefined
  said = { isAuthenticated: true, principalId: 'ann', policyDocuments: [policy('Allow', 'iot:*')] }
  const callFunction = async ({ payload }: { payload: Uint8Array }) => {
    events.push(JSON.parse(Buffer.from(payload).toString()) as Record<string, unknown>)
    if (broken) throw broken
    await answered
    return { payload: Buffer.from(JSON.stringify(said)) }
  }
  operations = authorizersOperations({ ...fleet, region, callFunction })
  known = await openKnownAuthorizers({ ...fleet, forEachAccount: forOneAccount(accountId) })
  const log = { error: (fields: object) => void bugs.push(fields) }
  authenticator = createCustomAuthenticator({ ...fleet, authorizers: known, region, callFunction, log })
  await create('gate')
})
afterEach(async () => {
  vi.useRealTimers()
  authenticator[Symbol.dispose]()
  await known[Symbol.asyncDispose]()
})

const create = (authorizerName: string, more: object = {}) =>
  operations.CreateAuthorizer(
    { authorizerName, authorizerFunctionArn, signingDisabled: true, ...more },
    fleet.context,
  )
const setStatus = (status: 'ACTIVE' | 'INACTIVE', authorizerName = 'gate') =>
  operations.UpdateAuthorizer({ authorizerName, status }, fleet.context)
const naming = (name: string) => ({ mqtt: { username: `?x-amz-customauthorizer-name=${name}` } })
const requestOf = (more: Partial<CustomAuthRequest> = naming('gate')): CustomAuthRequest => ({
  accountId,
  connectionId: 'c1',
  ...more,
})
const authenticate = (more?: Partial<CustomAuthRequest>) => authenticator.authenticate(requestOf(more))

async function open(protocol: 'mqtt' | 'http' = 'mqtt') {
  const outcome = await authenticate()
  if (outcome.action !== 'accept') throw new Error(outcome.code)
  const authorization = outcome.open({ protocol, clientId: 'lamp', sourceIp: '192.0.2.1' })
  const losses: string[] = []
  authorization.onLost(({ code }) => void losses.push(code))
  return { authorization, losses }
}

describe('which authorizer is asked', () => {
  const config = (defaultAuthorizerName: string, allowAuthorizerOverride?: boolean): AuthorizerConfig => ({
    defaultAuthorizerName,
    ...(allowAuthorizerOverride !== undefined && { allowAuthorizerOverride }),
  })
  beforeEach(async () => {
    await create('door')
    await create('usual')
  })

  it.each<[string, Partial<CustomAuthRequest>, string]>([
    ['the one that is named', naming('door'), 'door'],
    ['the default of the domain', { authorizerConfig: config('door') }, 'door'],
    [
      'the named one where the domain has it',
      { ...naming('door'), authorizerConfig: config('door') },
      'door',
    ],
    [
      'the named one where the domain lets clients choose',
      { ...naming('gate'), authorizerConfig: config('door', true) },
      'gate',
    ],
    ["the account's default otherwise", {}, 'usual'],
  ])('%s', async (_, request, authorizerName) => {
    await operations.SetDefaultAuthorizer({ authorizerName: 'usual' }, fleet.context)
    expect(await authenticate(request)).toMatchObject({ action: 'accept', authorizerName })
  })

  it.each<[string, Partial<CustomAuthRequest>, string]>([
    ['none is named, and there is no default', {}, 'authorizer-not-found'],
    ['the named one is not there', naming('none'), 'authorizer-not-found'],
    ['that of the domain is not there', { authorizerConfig: config('none') }, 'authorizer-not-found'],
    [
      'the domain does not let clients choose',
      { ...naming('gate'), authorizerConfig: config('door', false) },
      'authorizer-not-overridable',
    ],
    [
      'the domain does not say that clients may choose',
      { ...naming('gate'), authorizerConfig: config('door') },
      'authorizer-not-overridable',
    ],
    ['it is of another account', { ...naming('gate'), accountId: '111111111111' }, 'authorizer-not-found'],
  ])('is nobody when %s', async (_, request, code) => {
    expect(await authenticate(request)).toMatchObject({ action: 'refuse', code })
    expect(events).toEqual([])
  })

  it('is told before it is asked', async () => {
    const meaningOf = (more: Partial<CustomAuthRequest> = {}) => authenticator.meaningOf(requestOf(more))
    expect(meaningOf()).toBeUndefined()
    await create('signed-by-token', { tokenKeyName: 'jwt' })
    await operations.SetDefaultAuthorizer({ authorizerName: 'signed-by-token' }, fleet.context)
    const http = (queryString: string) => ({ http: { headers: [], queryString } })
    expect(meaningOf()).toBe('default')
    expect(meaningOf(http('jwt=a'))).toBe('shown')
    expect(meaningOf(http('x-amz-customauthorizer-signature=a'))).toBe('shown')
    expect(meaningOf(naming('any'))).toBe('named')
    expect(authenticator.isOffered(accountId)).toBe(true)
    expect(authenticator.isOffered('111111111111')).toBe(false)
  })
})

it('lets nobody in whose authorizer was made INACTIVE while the function ran', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  answered = promise
  const asking = authenticate()
  await setStatus('INACTIVE')
  resolve()
  expect(await asking).toMatchObject({ action: 'refuse', code: 'authorizer-inactive' })
})

it('refuses nobody for a mistake of its own, but fails', async () => {
  broken = new Error('a bug')
  await expect(authenticate()).rejects.toThrow('a bug')
})

it('hands a certificate over where there is one', async () => {
  const certificate = { certificateId: 'ab', certificatePem: 'PEM' }
  await authenticate({ ...naming('gate'), serverName: 'iot.example', certificate })
  expect(events[0]).toMatchObject({
    protocols: ['tls', 'mqtt'],
    protocolData: { tls: { serverName: 'iot.example', x509CertificatePem: 'PEM', principalId: 'ab' } },
  })
})

describe('an open connection', () => {
  it('is judged anew by what the function says when its time has come', async () => {
    said = { ...said, refreshAfterInSeconds: 300 }
    const { authorization, losses } = await open()
    const versions: number[] = []
    authorization.onChanged(() => void versions.push(authorization.version))
    expect(authorization.decide('iot:Publish', resource).effect).toBe('allow')
    said = { ...said, policyDocuments: [policy('Allow', 'iot:Connect')] }
    await vi.advanceTimersByTimeAsync(299_000)
    expect(events).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1000)
    expect(events[1]).toEqual(events[0])
    expect(versions).toEqual([1])
    expect(authorization.decide('iot:Publish', resource).effect).toBe('implicit-deny')
    await vi.advanceTimersByTimeAsync(300_000)
    expect(events).toHaveLength(3)
    expect(losses).toEqual([])
    authorization[Symbol.dispose]()
  })

  it.each<[string, () => unknown, string]>([
    ['says no', () => (said = { isAuthenticated: false }), 'authorizer-denied'],
    ['answers badly', () => (said = { ...said, policyDocuments: 'x' }), 'authorizer-answer-invalid'],
    ['names another principal', () => (said = { ...said, principalId: 'bob' }), 'authorizer-answer-invalid'],
    ['cannot be asked', () => (broken = new Error('a bug')), 'authorizer-function-failed'],
  ])('ends, and allows nothing, when the function then %s', async (_, change, code) => {
    said = { ...said, refreshAfterInSeconds: 300 }
    const { authorization, losses } = await open()
    change()
    await vi.advanceTimersByTimeAsync(300_000)
    expect(losses).toEqual([code])
    expect(authorization.decide('iot:Publish', resource).effect).toBe('implicit-deny')
    expect(bugs).toHaveLength(broken ? 1 : 0)
    await vi.advanceTimersByTimeAsync(86_400_000)
    expect(losses).toEqual([code])
  })

  it('ends after the time that the function first gave it', async () => {
    said = { ...said, disconnectAfterInSeconds: 1000, refreshAfterInSeconds: 600 }
    const { losses } = await open()
    said = { ...said, disconnectAfterInSeconds: 86_400 }
    await vi.advanceTimersByTimeAsync(999_000)
    expect(losses).toEqual([])
    await vi.advanceTimersByTimeAsync(1000)
    expect(losses).toEqual(['authorizer-expired'])
  })

  it.each([
    ['made INACTIVE', () => setStatus('INACTIVE'), 'authorizer-inactive'],
    [
      'deleted',
      async () => {
        await setStatus('INACTIVE')
        await operations.DeleteAuthorizer({ authorizerName: 'gate' }, fleet.context)
      },
      'authorizer-inactive',
    ],
  ])('ends before it is answered that its authorizer is %s', async (_, change, code) => {
    const { losses } = await open()
    await change()
    expect(losses).toEqual([code])
  })

  it('stays when another authorizer is made INACTIVE', async () => {
    await create('door')
    const { losses } = await open()
    await setStatus('INACTIVE', 'door')
    expect(losses).toEqual([])
  })

  it('tells of its loss who asks later', async () => {
    const outcome = await authenticate()
    await setStatus('INACTIVE')
    const authorization =
      outcome.action === 'accept' ? outcome.open({ protocol: 'mqtt', sourceIp: '' }) : undefined
    const losses: string[] = []
    authorization!.onLost(({ code }) => void losses.push(code))
    expect(losses).toEqual(['authorizer-inactive'])
  })

  it('hears and asks nothing any more once it is closed', async () => {
    said = { ...said, refreshAfterInSeconds: 300 }
    const { authorization, losses } = await open()
    authorization[Symbol.dispose]()
    await setStatus('INACTIVE')
    await vi.advanceTimersByTimeAsync(86_400_000)
    expect([losses, events.length]).toEqual([[], 1])
  })

  it('over HTTP is neither refreshed nor ended by time', async () => {
    const { authorization, losses } = await open('http')
    await vi.advanceTimersByTimeAsync(86_400_000)
    expect([losses, events.length]).toEqual([[], 1])
    authorization[Symbol.dispose]()
  })
})

describe('what its policies ask for', () => {
  const decide = async (statement: object) => {
    said = { ...said, policyDocuments: [{ Version: '2012-10-17', Statement: [statement] }] }
    const { authorization } = await open()
    const { effect } = authorization.decide('iot:Publish', resource)
    return [effect, authorization.canRemember]
  }
  const allow = (more: object) => ({ Effect: 'Allow', Action: 'iot:Publish', Resource: '*', ...more })
  const when = (operator: string, key: string, value: string) => ({
    Condition: { [operator]: { [key]: value } },
  })

  it.each<[string, object, boolean]>([
    ['the client id', when('StringEquals', 'iot:ClientId', 'lamp'), true],
    ['the address', when('IpAddress', 'aws:SourceIp', '192.0.2.0/24'), true],
    ['another client id', when('StringEquals', 'iot:ClientId', 'other'), false],
    ['a thing', when('StringEquals', 'iot:Connection.Thing.ThingName', 'lamp'), false],
    ['a thing that is attached', when('Bool', 'iot:Connection.Thing.IsAttached', 'true'), false],
    ['a certificate', when('StringLike', 'iot:CertificateId', '*'), false],
    ['the name in a certificate', when('StringLike', 'iot:Certificate.Subject.CommonName', '*'), false],
  ])('%s', async (_, condition, isAllowed) => {
    expect(await decide(allow(condition))).toEqual([isAllowed ? 'allow' : 'implicit-deny', true])
  })

  it('the time, and then no decision may be remembered', async () => {
    expect(await decide(allow(when('DateLessThan', 'aws:CurrentTime', '2000-01-01T00:00:00Z')))).toEqual([
      'implicit-deny',
      false,
    ])
  })
})
