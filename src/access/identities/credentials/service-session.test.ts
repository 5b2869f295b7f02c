import { describe, expect, it } from 'vitest'
import { allow, openTestAccount, policy, start, trusting } from '../testing/test-account.ts'
import { createServiceSession } from './service-session.ts'

const roleArn = 'arn:aws:iam::000000000000:role/worker'
const request = {
  accountId: '000000000000',
  roleArn,
  service: 'lambda.amazonaws.com',
  sessionName: 'resize',
  durationSeconds: 3600,
}

describe('credentials for code that a service runs', () => {
  it('are those of a session of the role, and expire', async () => {
    await using account = await openTestAccount()
    const { iam, store, identities, clock } = account
    const AssumeRolePolicyDocument = trusting({ Service: 'lambda.amazonaws.com' })
    await iam('CreateRole', { RoleName: 'worker', AssumeRolePolicyDocument })
    const PolicyDocument = policy(allow('iot:CreateThing'))
    await iam('PutRolePolicy', { RoleName: 'worker', PolicyName: 'own', PolicyDocument })
    const session = await createServiceSession({ store, identities, now: () => clock.now }, request)
    expect(session.accessKeyId).toMatch(/^ASIA/)
    expect(session.expiration).toEqual(new Date(start.getTime() + 3600_000))
    const credential = await identities.findCredential(session.accessKeyId)
    expect(credential).toMatchObject({
      secretAccessKey: session.secretAccessKey,
      expiresAt: session.expiration,
      caller: { arn: 'arn:aws:sts::000000000000:assumed-role/worker/resize' },
    })
    const decide = (action: string) => identities.decide(credential!.caller, { action, resource: '*' })
    expect((await decide('iot:CreateThing')).effect).toBe('allow')
    expect((await decide('iot:DeleteThing')).effect).toBe('implicit-deny')
  })

  it('tell policies what the service knows of the session, and no request can say otherwise', async () => {
    await using account = await openTestAccount()
    const { iam, store, identities, clock } = account
    const trust = trusting(
      { Service: 'lambda.amazonaws.com' },
      { Condition: { StringEquals: { 'job:Name': 'resize-1' } } },
    )
    await iam('CreateRole', { RoleName: 'worker', AssumeRolePolicyDocument: trust })
    const PolicyDocument = policy(allow('s3:GetObject', 'arn:aws:s3:::bucket/${job:name}/*'))
    await iam('PutRolePolicy', { RoleName: 'worker', PolicyName: 'own', PolicyDocument })
    const deps = { store, identities, now: () => clock.now }
    const sessionContext = { 'job:Name': 'resize-1' }
    const { accessKeyId } = await createServiceSession(deps, { ...request, sessionContext })
    const { caller } = (await identities.findCredential(accessKeyId))!
    const decide = async (job: string, conditions = {}) => {
      const resource = `arn:aws:s3:::bucket/${job}/picture`
      return (await identities.decide(caller, { action: 's3:GetObject', resource, conditions })).effect
    }
    expect(await decide('resize-1')).toBe('allow')
    expect(await decide('resize-2', { 'job:Name': 'resize-2' })).toBe('implicit-deny')
    const other = createServiceSession(deps, { ...request, sessionContext: { 'job:Name': 'resize-2' } })
    await expect(other).rejects.toMatchObject({ code: 'AccessDeniedException' })
  })

  it.each([
    [undefined, 3600],
    [7200, 7200],
  ])('last no longer than the role allows (%s), when that is asked for', async (MaxSessionDuration, most) => {
    await using account = await openTestAccount()
    const { iam, store, identities, clock } = account
    const AssumeRolePolicyDocument = trusting({ Service: 'lambda.amazonaws.com' })
    await iam('CreateRole', {
      RoleName: 'worker',
      AssumeRolePolicyDocument,
      ...(MaxSessionDuration !== undefined && { MaxSessionDuration }),
    })
    const create = (sessionSeconds: number) =>
      createServiceSession({ store, identities, now: () => clock.now }, { ...request, sessionSeconds })
    await expect(create(most + 1)).rejects.toMatchObject({ code: 'ValidationError' })
    await expect(create(most)).resolves.toBeDefined()
  })

  it.each([
    ['is not there', undefined, 'InvalidRequestException'],
    ['trusts another service', trusting({ Service: 'iot.amazonaws.com' }), 'AccessDeniedException'],
  ])('are not made when the role %s', async (_how, AssumeRolePolicyDocument, code) => {
    await using account = await openTestAccount()
    const { iam, store, identities, clock } = account
    if (AssumeRolePolicyDocument) await iam('CreateRole', { RoleName: 'worker', AssumeRolePolicyDocument })
    const session = createServiceSession({ store, identities, now: () => clock.now }, request)
    await expect(session).rejects.toMatchObject({ code })
  })
})
