import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import { arn, context, grant, openTestAccount, type TestAccount } from './testing/test-account.ts'

const ca = makeCa()
let account: TestAccount
let policies: TestAccount['policies']
let certificateArn: string
beforeEach(async () => {
  account = await openTestAccount(ca)
  policies = account.policies
  certificateArn = (await account.registerCertificate('CN=lamp-1,O=Acme')).certificateArn
  await account.createThing('lamp-1')
  await account.groups.CreateThingGroup({ thingGroupName: 'top' }, context)
  await account.groups.CreateThingGroup({ thingGroupName: 'sub', parentGroupName: 'top' }, context)
  await account.groups.AddThingToThingGroup({ thingName: 'lamp-1', thingGroupName: 'sub' }, context)
  await attachNew('own', grant('iot:Connect', arn('client/${iot:ClientId}')), certificateArn)
  await attachNew(
    'group',
    grant('iot:Publish', arn('topic/${iot:Connection.Thing.ThingName}/*')),
    arn('thinggroup/top'),
  )
})
afterEach(() => account[Symbol.asyncDispose]())

async function attachNew(policyName: string, policyDocument: string, target?: string) {
  await policies.CreatePolicy({ policyName, policyDocument }, context)
  if (target !== undefined) await policies.AttachPolicy({ policyName, target }, context)
}
const attachThing = (thingPrincipalType?: 'EXCLUSIVE_THING') =>
  account.things.AttachThingPrincipal(
    { thingName: 'lamp-1', principal: certificateArn, ...(thingPrincipalType && { thingPrincipalType }) },
    context,
  )

describe('effective policies', () => {
  const names = async (input: { principal?: string; thingName?: string }) =>
    (await policies.GetEffectivePolicies(input, context)).effectivePolicies?.map(
      ({ policyName }) => policyName,
    )

  it('of a certificate are its own', async () => {
    expect(await policies.GetEffectivePolicies({ principal: certificateArn }, context)).toEqual({
      effectivePolicies: [
        {
          policyName: 'own',
          policyArn: arn('policy/own'),
          policyDocument: grant('iot:Connect', arn('client/${iot:ClientId}')),
        },
      ],
    })
  })

  it('of a certificate and its thing are also those of the groups above the thing, each once', async () => {
    await attachThing()
    await policies.AttachPolicy({ policyName: 'own', target: arn('thinggroup/sub') }, context)
    expect(await names({ principal: certificateArn, thingName: 'lamp-1' })).toEqual(['group', 'own'])
  })

  it('of a certificate and a thing that is not its own are those of the certificate', async () => {
    expect(await names({ principal: certificateArn, thingName: 'lamp-1' })).toEqual(['own'])
  })

  it('of a thing or a group are those of the groups', async () => {
    expect(await names({ thingName: 'lamp-1' })).toEqual(['group'])
    expect(await names({ principal: arn('thinggroup/sub') })).toEqual(['group'])
  })

  it.each([
    ['InvalidRequestException', {}],
    ['InvalidRequestException', { principal: 'us-east-1:identity' }],
    ['ResourceNotFoundException', { thingName: 'none' }],
    ['ResourceNotFoundException', { principal: arn('cert/0') }],
  ])('%s for %j', async (code, input) => {
    await expect(policies.GetEffectivePolicies(input, context)).rejects.toMatchObject({ code })
  })
})

describe('a test of authorization', () => {
  type Input = Partial<Parameters<TestAccount['policies']['TestAuthorization']>[0]>
  const test = async (
    actionType: 'CONNECT' | 'PUBLISH' | 'SUBSCRIBE' | 'RECEIVE',
    resources: string[],
    input: Input = {},
  ) => {
    const answer = await policies.TestAuthorization(
      { principal: certificateArn, clientId: 'lamp-1', authInfos: [{ actionType, resources }], ...input },
      context,
    )
    return answer.authResults?.[0]
  }
  const named = (...names: string[]) => ({
    policies: names.map((policyName) => ({ policyName, policyArn: arn(`policy/${policyName}`) })),
  })

  it('answers as AWS does', async () => {
    await attachThing()
    const resources = [arn('client/lamp-1')]
    expect(await test('CONNECT', resources)).toEqual({
      authInfo: { actionType: 'CONNECT', resources },
      allowed: named('own'),
      denied: { implicitDeny: named('group'), explicitDeny: named() },
      authDecision: 'ALLOWED',
      missingContextValues: [],
    })
  })

  it.each([
    ['what the certificate grants', 'CONNECT', ['client/lamp-1'], 'ALLOWED'],
    ['what the group grants', 'PUBLISH', ['topic/lamp-1/x'], 'ALLOWED'],
    ['another client id', 'CONNECT', ['client/lamp-2'], 'IMPLICIT_DENY'],
    ['another thing', 'PUBLISH', ['topic/lamp-2/x'], 'IMPLICIT_DENY'],
    ['one of two resources', 'PUBLISH', ['topic/lamp-1/x', 'topic/x'], 'IMPLICIT_DENY'],
    ['another action', 'RECEIVE', ['topic/lamp-1/x'], 'IMPLICIT_DENY'],
    ['no resource', 'CONNECT', [], 'IMPLICIT_DENY'],
  ] as const)('of %s', async (_title, actionType, resources, authDecision) => {
    await attachThing()
    expect(await test(actionType, resources.map(arn))).toMatchObject({ authDecision })
  })

  it('counts the group only for a thing that is attached', async () => {
    expect(await test('PUBLISH', [arn('topic/lamp-1/x')])).toMatchObject({
      authDecision: 'IMPLICIT_DENY',
      denied: { implicitDeny: named('own') },
    })
    await attachThing()
    expect(await test('PUBLISH', [arn('topic/lamp-1/x')], { clientId: 'other' })).toMatchObject({
      authDecision: 'IMPLICIT_DENY',
    })
  })

  it('counts the group of an exclusive thing whatever the client id', async () => {
    await attachThing('EXCLUSIVE_THING')
    expect(await test('PUBLISH', [arn('topic/lamp-1/x')], { clientId: 'other' })).toMatchObject({
      authDecision: 'ALLOWED',
    })
  })

  it('adds and skips policies', async () => {
    const deny = JSON.stringify({ Statement: { Effect: 'Deny', Action: '*', Resource: '*' } })
    await attachNew('deny', deny)
    const resources = [arn('client/lamp-1')]
    expect(await test('CONNECT', resources, { policyNamesToAdd: ['deny'] })).toMatchObject({
      authDecision: 'EXPLICIT_DENY',
      allowed: named('own'),
      denied: { explicitDeny: named('deny') },
    })
    expect(await test('CONNECT', resources, { policyNamesToSkip: ['own'] })).toMatchObject({
      authDecision: 'IMPLICIT_DENY',
      allowed: named(),
    })
    expect(
      await test('CONNECT', resources, { policyNamesToAdd: ['deny'], policyNamesToSkip: ['deny'] }),
    ).toMatchObject({ authDecision: 'ALLOWED' })
  })

  it('names the values it had to do without', async () => {
    const { clientId: _, ...rest } = { clientId: undefined, principal: certificateArn }
    const authInfos = [{ actionType: 'CONNECT' as const, resources: [arn('client/lamp-1')] }]
    const { authResults } = await policies.TestAuthorization({ ...rest, authInfos }, context)
    expect(authResults?.[0]).toMatchObject({
      authDecision: 'IMPLICIT_DENY',
      missingContextValues: ['iot:ClientId'],
    })
  })

  it.each([
    ['InvalidRequestException', { principal: undefined }],
    ['InvalidRequestException', { principal: arn('thinggroup/top') }],
    ['ResourceNotFoundException', { principal: arn('cert/0') }],
    ['InvalidRequestException', { authInfos: [{ resources: ['*'] }] }],
  ])('is refused with %s for %j', async (code, input) => {
    const { principal: _, ...rest } = {
      principal: certificateArn,
      authInfos: [{ actionType: 'CONNECT' as const, resources: ['*'] }],
    }
    const { principal, ...others } = { principal: certificateArn, ...input } as { principal?: string }
    await expect(
      policies.TestAuthorization(
        { ...rest, ...others, ...(principal !== undefined && { principal }) },
        context,
      ),
    ).rejects.toMatchObject({ code })
  })
})
