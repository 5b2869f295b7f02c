import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Authorizer } from './authorizer.ts'
import { LiveCallers } from './live-callers.ts'
import { accountId, allow, deny, openTestAccount, policy, trusting } from '../testing/test-account.ts'

type Account = Awaited<ReturnType<typeof openTestAccount>>
let account: Account
beforeEach(async () => {
  account = await openTestAccount()
})
afterEach(() => account[Symbol.asyncDispose]())

const topic = (name: string) => `arn:aws:iot:us-east-1:${accountId}:topic/${name}`
const connection = { clientId: 'browser-1', sourceIp: '192.0.2.7', isSecure: true }

async function openUser(...statements: object[]) {
  await account.iam('CreateUser', { UserName: 'ann' })
  await account.iam('PutUserPolicy', {
    UserName: 'ann',
    PolicyName: 'own',
    PolicyDocument: policy(...statements),
  })
  const { AccessKey } = await account.iam('CreateAccessKey', { UserName: 'ann' })
  const { caller, accessKeyId } = (await account.identities.findCredential(AccessKey?.AccessKeyId ?? ''))!
  const live = await account.identities.openCallerAuthorization({ caller, accessKeyId, ...connection })
  return { live, caller, accessKeyId }
}

const publish = 'iot:Publish'

describe('an open connection of a user', () => {
  it.each<[string, object[], string]>([
    ['what its policy grants', [allow(publish, topic('a'))], 'allow'],
    ['not what it leaves out', [allow(publish, topic('b'))], 'implicit-deny'],
    ['not what it denies', [allow(publish), deny(publish, topic('a'))], 'explicit-deny'],
    [
      'by its client id',
      [allow(publish, '*', { Condition: { StringEquals: { 'iot:ClientId': 'browser-1' } } })],
      'allow',
    ],
    ['by its client id as a variable', [allow(publish, topic('${iot:ClientId}'))], 'implicit-deny'],
    [
      'by its address',
      [allow(publish, '*', { Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } })],
      'allow',
    ],
    [
      'by its name',
      [allow(publish, '*', { Condition: { StringEquals: { 'aws:username': 'bob' } } })],
      'implicit-deny',
    ],
    [
      'by the time',
      [
        allow(publish, '*', {
          Condition: { DateGreaterThan: { 'aws:CurrentTime': '2026-02-01T00:00:00Z' } },
        }),
      ],
      'implicit-deny',
    ],
    [
      'only over TLS',
      [deny(publish, '*', { Condition: { Bool: { 'aws:SecureTransport': 'false' } } }), allow(publish)],
      'allow',
    ],
  ])('is allowed %s', async (_title, statements, effect) => {
    const { live } = await openUser(...statements)
    expect(live.decide(publish, topic('a')).effect).toBe(effect)
  })

  it('cannot claim another client id by conditions of a request', async () => {
    const { live } = await openUser(
      allow('iot:Connect', '*', { Condition: { StringEquals: { 'iot:ClientId': 'root' } } }),
    )
    expect(live.decide('iot:Connect', topic('a'), { 'iot:ClientId': 'root' }).effect).toBe('implicit-deny')
  })

  it('decides by conditions of the request', async () => {
    const { live } = await openUser(
      allow('iot:Connect', '*', { Condition: { ArnEquals: { 'iot:LastWillTopic': topic('will') } } }),
    )
    const decide = (will: string) =>
      live.decide('iot:Connect', '*', { 'iot:LastWillTopic': topic(will) }).effect
    expect([decide('will'), decide('other')]).toEqual(['allow', 'implicit-deny'])
  })

  it.each([
    [true, allow(publish)],
    [
      false,
      allow(publish, '*', { Condition: { DateLessThan: { 'aws:CurrentTime': '2030-01-01T00:00:00Z' } } }),
    ],
  ])('may be remembered (%s) unless a policy asks for the time', async (canRemember, statement) => {
    const { live } = await openUser(statement)
    expect(live.canRemember).toBe(canRemember)
  })
})

describe('when a change has been answered, an open connection', () => {
  type Change = (iam: Account['iam'], accessKeyId: string) => Promise<unknown>
  it.each<[string, Change]>([
    [
      'of whose user the policy is replaced',
      (iam) =>
        iam('PutUserPolicy', { UserName: 'ann', PolicyName: 'own', PolicyDocument: policy(allow('s3:*')) }),
    ],
    [
      'of whose user the policy is deleted',
      (iam) => iam('DeleteUserPolicy', { UserName: 'ann', PolicyName: 'own' }),
    ],
    [
      'whose key is inactive',
      (iam, AccessKeyId) => iam('UpdateAccessKey', { UserName: 'ann', AccessKeyId, Status: 'Inactive' }),
    ],
    ['whose key is deleted', (iam, AccessKeyId) => iam('DeleteAccessKey', { UserName: 'ann', AccessKeyId })],
    [
      'whose user is gone',
      async (iam, AccessKeyId) => {
        await iam('DeleteAccessKey', { UserName: 'ann', AccessKeyId })
        await iam('DeleteUserPolicy', { UserName: 'ann', PolicyName: 'own' })
        await iam('DeleteUser', { UserName: 'ann' })
      },
    ],
    [
      'whose user came into a group that denies',
      async (iam) => {
        await iam('CreateGroup', { GroupName: 'banned' })
        await iam('PutGroupPolicy', {
          GroupName: 'banned',
          PolicyName: 'no',
          PolicyDocument: policy(deny('iot:*')),
        })
        await iam('AddUserToGroup', { GroupName: 'banned', UserName: 'ann' })
      },
    ],
  ])('%s is allowed nothing', async (_title, change) => {
    const { live, accessKeyId } = await openUser(allow('iot:*'))
    const before = live.version
    let heard = 0
    live.onChanged(() => void heard++)
    expect(live.decide(publish, topic('a')).effect).toBe('allow')
    await change(account.iam, accessKeyId)
    expect(live.decide(publish, topic('a')).effect).not.toBe('allow')
    expect(live.version).toBeGreaterThan(before)
    expect(heard).toBeGreaterThan(0)
  })

  it('has been told, and waited for', async () => {
    const { live } = await openUser(allow('iot:*'))
    const told: string[] = []
    live.onChanged(async () => {
      await new Promise((resolve) => setImmediate(resolve))
      told.push('done')
    })
    await account.iam('DeleteUserPolicy', { UserName: 'ann', PolicyName: 'own' })
    expect(told).toEqual(['done'])
  })

  it('that was disposed of hears nothing', async () => {
    const { live } = await openUser(allow('iot:*'))
    let heard = 0
    live.onChanged(() => void heard++)
    live[Symbol.dispose]()
    await account.iam('DeleteUserPolicy', { UserName: 'ann', PolicyName: 'own' })
    expect(heard).toBe(0)
  })

  it('that is being opened decides by what was committed', async () => {
    const { caller, accessKeyId } = await openUser(allow('iot:*'))
    const { identities, iam } = account
    const changing = iam('DeleteUserPolicy', { UserName: 'ann', PolicyName: 'own' })
    const opened = await Promise.all(
      Array.from({ length: 20 }, async (_, turn) => {
        for (let wait = 0; wait < turn; wait++) await Promise.resolve()
        return await identities.openCallerAuthorization({ caller, accessKeyId, ...connection })
      }),
    )
    await changing
    expect(opened.filter((live) => live.decide(publish, topic('a')).effect === 'allow')).toEqual([])
  })
})

it('decides by what changed while the connection was being opened', async () => {
  const found = Promise.withResolvers<undefined>()
  const current = { effect: 'allow' }
  const authorizer = {
    findPolicies: async () => ({ ...current }),
    decideBy: (policies: unknown) => ({ decision: policies }),
    dependsOnTime: () => false,
  } as unknown as Authorizer
  const callers = new LiveCallers({ authorizer, now: () => new Date(), findCredential: () => found.promise })
  const request = { caller: account.root, accessKeyId: 'AKIA', ...connection }
  const opening = callers.open(request)
  await new Promise((resolve) => setImmediate(resolve)) // the policies are read, the key is not
  current.effect = 'explicit-deny'
  await callers.refresh()
  found.resolve({ status: 'Active' } as never)
  expect((await opening).decide(publish, topic('a')).effect).toBe('explicit-deny')
})

describe('temporary credentials', () => {
  async function assume(Policy?: string) {
    const AssumeRolePolicyDocument = trusting({ AWS: accountId })
    const { Role } = await account.iam('CreateRole', { RoleName: 'fleet', AssumeRolePolicyDocument })
    await account.iam('PutRolePolicy', {
      RoleName: 'fleet',
      PolicyName: 'own',
      PolicyDocument: policy(allow('iot:*')),
    })
    const request = {
      RoleArn: Role?.Arn,
      RoleSessionName: 's',
      DurationSeconds: 900,
      ...(Policy && { Policy }),
    }
    const { Credentials } = await account.sts.AssumeRole(request, account.contextOf(account.root))
    const { caller, accessKeyId, expiresAt } = (await account.identities.findCredential(
      Credentials?.AccessKeyId ?? '',
    ))!
    const expiry = expiresAt ? { expiresAt } : {}
    return await account.identities.openCallerAuthorization({ caller, accessKeyId, ...expiry, ...connection })
  }

  it('allow nothing from the moment they expire', async () => {
    using live = await assume()
    const decideAfter = (seconds: number) => {
      account.clock.now = new Date(Date.UTC(2026, 0, 2, 3, 4, 5 + seconds))
      return live.decide(publish, topic('a')).effect
    }
    expect([decideAfter(0), decideAfter(899), decideAfter(900)]).toEqual(['allow', 'allow', 'implicit-deny'])
  })

  it('are narrowed by their session policy', async () => {
    using live = await assume(policy(allow(publish, topic('a'))))
    expect(live.decide(publish, topic('a')).effect).toBe('allow')
    expect(live.decide(publish, topic('b')).effect).toBe('implicit-deny')
  })

  it('follow their role', async () => {
    using live = await assume()
    await account.iam('DeleteRolePolicy', { RoleName: 'fleet', PolicyName: 'own' })
    expect(live.decide(publish, topic('a')).effect).toBe('implicit-deny')
  })
})

it('lets root do everything', async () => {
  const { accessKeyId } = await account.identities.ensureRootKey()
  const live = await account.identities.openCallerAuthorization({
    caller: account.root,
    accessKeyId,
    ...connection,
  })
  expect(live.decide(publish, topic('a')).effect).toBe('allow')
})
