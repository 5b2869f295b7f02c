import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import { attachedPolicyNames, countAttachedPolicies, detachAllPolicies } from './index.ts'
import {
  arn,
  context,
  elsewhere,
  openTestAccount,
  type TestAccount,
  refusal,
} from './testing/test-account.ts'

const ca = makeCa()
let account: TestAccount
let policies: TestAccount['policies']
beforeEach(async () => {
  account = await openTestAccount(ca)
  policies = account.policies
})
afterEach(() => account[Symbol.asyncDispose]())

const unknownCertificate = arn(`cert/${'0'.repeat(64)}`)

describe('attachments', () => {
  let certificateArn: string
  beforeEach(async () => {
    certificateArn = (await account.registerCertificate()).certificateArn
    await account.createPolicy('one')
    await account.createPolicy('two')
    await account.groups.CreateThingGroup({ thingGroupName: 'top' }, context)
    await account.groups.CreateThingGroup({ thingGroupName: 'sub', parentGroupName: 'top' }, context)
    account.changes.length = 0
  })
  const attach = (policyName: string, target: string) =>
    policies.AttachPolicy({ policyName, target }, context)
  const attached = async (target: string, recursive = false) =>
    (await policies.ListAttachedPolicies({ target, recursive }, context)).policies?.map(
      ({ policyName }) => policyName,
    )

  it('join policies with certificates and groups, as both families of operations tell', async () => {
    await attach('one', certificateArn)
    await attach('one', certificateArn) // twice is success
    await policies.AttachPrincipalPolicy({ policyName: 'two', principal: certificateArn }, context)
    await attach('one', arn('thinggroup/top'))
    expect(account.changes.map(({ kind, id }) => [kind, id])).toEqual([
      ...Array.from({ length: 3 }, () => ['policy-attachment', certificateArn]),
      ['policy-attachment', arn('thinggroup/top')],
    ])
    expect(await attached(certificateArn)).toEqual(['two', 'one'])
    const { policies: ofPrincipal } = await policies.ListPrincipalPolicies(
      { principal: certificateArn, ascendingOrder: true },
      context,
    )
    expect(ofPrincipal).toEqual(
      ['one', 'two'].map((policyName) => ({ policyName, policyArn: arn(`policy/${policyName}`) })),
    )
    expect((await policies.ListTargetsForPolicy({ policyName: 'one' }, context)).targets).toEqual([
      arn('thinggroup/top'),
      certificateArn,
    ])
    expect((await policies.ListPolicyPrincipals({ policyName: 'one' }, context)).principals).toEqual([
      certificateArn,
    ])
    expect(await countAttachedPolicies(account.store.read, context.accountId, certificateArn)).toBe(2)
    expect(await attachedPolicyNames(account.store.read, context.accountId, certificateArn)).toEqual([
      'one',
      'two',
    ])
  })

  it('end by either family, and ending them twice is success', async () => {
    await attach('one', certificateArn)
    await attach('two', certificateArn)
    for (let time = 1; time <= 2; time++) {
      await policies.DetachPolicy({ policyName: 'one', target: certificateArn }, context)
      await policies.DetachPrincipalPolicy({ policyName: 'two', principal: certificateArn }, context)
    }
    expect(await attached(certificateArn)).toEqual([])
    await attach('one', certificateArn)
    await account.store.transact((db) => detachAllPolicies(db, context.accountId, certificateArn))
    expect(await attached(certificateArn)).toEqual([])
  })

  it('of a group count for the groups below it when asked so', async () => {
    await attach('one', arn('thinggroup/top'))
    await attach('two', arn('thinggroup/sub'))
    expect(await attached(arn('thinggroup/sub'))).toEqual(['two'])
    expect(await attached(arn('thinggroup/sub'), true)).toEqual(['two', 'one'])
    expect(await attached(arn('thinggroup/top'), true)).toEqual(['one'])
    expect(await attached(certificateArn, true)).toEqual([])
  })

  it('come in pages', async () => {
    await attach('one', certificateArn)
    await attach('two', certificateArn)
    await attach('one', arn('thinggroup/top'))
    const first = await policies.ListAttachedPolicies({ target: certificateArn, pageSize: 1 }, context)
    expect(first).toMatchObject({ policies: [{ policyName: 'two' }] })
    const second = await policies.ListAttachedPolicies(
      { target: certificateArn, pageSize: 1, marker: first.nextMarker },
      context,
    )
    expect(second).toMatchObject({ policies: [{ policyName: 'one' }], nextMarker: undefined })
    const targets = await policies.ListTargetsForPolicy({ policyName: 'one', pageSize: 1 }, context)
    expect(targets.targets).toEqual([arn('thinggroup/top')])
    const rest = await policies.ListTargetsForPolicy(
      { policyName: 'one', marker: targets.nextMarker },
      context,
    )
    expect(rest).toEqual({ targets: [certificateArn], nextMarker: undefined })
  })

  it('keep the policy from being deleted', async () => {
    await attach('one', certificateArn)
    await expect(policies.DeletePolicy({ policyName: 'one' }, context)).rejects.toEqual(
      refusal('DeleteConflictException', `is attached to ${certificateArn}`),
    )
  })

  it.each([
    ['certificate', 10],
    ['thing-group', 2],
  ] as const)('of a %s are %i at most', async (kind, limit) => {
    const target = kind === 'certificate' ? certificateArn : arn('thinggroup/top')
    for (let count = 0; count < limit; count++) {
      await account.createPolicy(`p${count}`)
      await attach(`p${count}`, target)
    }
    await expect(attach('one', target)).rejects.toEqual(
      refusal('LimitExceededException', `has ${limit} policies`),
    )
    await attach('p0', target)
  })

  it.each([
    ['ResourceNotFoundException', 'no certificate has the ARN', unknownCertificate],
    ['ResourceNotFoundException', 'no thing group has the ARN', arn('thinggroup/none')],
    [
      'ResourceNotFoundException',
      'no thing group has the ARN',
      'arn:aws:iot:eu-west-1:111122223333:thinggroup/top',
    ],
    [
      'ResourceNotFoundException',
      'no thing group has the ARN',
      'arn:aws:iot:us-east-1:444455556666:thinggroup/top',
    ],
    ['InvalidRequestException', 'the target must be the ARN', arn('thing/lamp')],
    ['InvalidRequestException', 'the target must be the ARN', 'arn:aws:s3:::cert/x'],
    [
      'InvalidRequestException',
      'the target must be the ARN',
      'us-east-1:11111111-2222-3333-4444-555555555555',
    ],
    ['InvalidRequestException', 'the target must be the ARN', ''],
  ])('to nothing are refused: %s, %s', async (code, message, target) => {
    const refused = refusal(code, message)
    await expect(attach('one', target)).rejects.toEqual(refused)
    await expect(policies.ListAttachedPolicies({ target }, context)).rejects.toEqual(refused)
    expect(account.changes).toEqual([])
  })

  it('of a certificate that is on its way to another account are refused, and may be looked at', async () => {
    await account.store.transact((db) =>
      db
        .updateTable('certificates')
        .set({ status: 'PENDING_TRANSFER', transferred_to: elsewhere.accountId })
        .execute(),
    )
    const refused = refusal('InvalidRequestException', 'is being transferred')
    const principal = certificateArn
    await expect(attach('one', certificateArn)).rejects.toEqual(refused)
    await expect(policies.AttachPrincipalPolicy({ policyName: 'one', principal }, context)).rejects.toEqual(
      refused,
    )
    expect(await attached(certificateArn)).toEqual([])
  })

  it('of another kind cannot be ended either', async () => {
    await expect(
      policies.DetachPolicy({ policyName: 'one', target: arn('thing/x') }, context),
    ).rejects.toEqual(refusal('InvalidRequestException', 'the target must be the ARN'))
  })

  it('of the older family are those of certificates alone', async () => {
    const refused = refusal('InvalidRequestException', 'the principal must be the ARN of a certificate')
    const principal = arn('thinggroup/top')
    await expect(policies.AttachPrincipalPolicy({ policyName: 'one', principal }, context)).rejects.toEqual(
      refused,
    )
    await expect(policies.DetachPrincipalPolicy({ policyName: 'one', principal }, context)).rejects.toEqual(
      refused,
    )
    await expect(policies.ListPrincipalPolicies({ principal }, context)).rejects.toEqual(refused)
  })

  it('of another account are not seen', async () => {
    await attach('one', certificateArn)
    await expect(policies.ListAttachedPolicies({ target: certificateArn }, elsewhere)).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    })
    expect(await countAttachedPolicies(account.store.read, elsewhere.accountId, certificateArn)).toBe(0)
  })
})
