import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import { createPolicy, findPolicy, iotPoliciesPermissions } from './index.ts'
import {
  arn,
  context,
  elsewhere,
  grant,
  openTestAccount,
  type TestAccount,
  document,
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

describe('a policy', () => {
  it('is created, found, listed, and deleted', async () => {
    expect(await account.createPolicy('one')).toEqual({
      policyName: 'one',
      policyArn: arn('policy/one'),
      policyDocument: document,
      policyVersionId: '1',
    })
    expect(account.changes).toEqual([{ accountId: context.accountId, kind: 'iot-policy', id: 'one' }])
    const found = await policies.GetPolicy({ policyName: 'one' }, context)
    expect(found).toMatchObject({
      policyName: 'one',
      policyArn: arn('policy/one'),
      policyDocument: document,
      defaultVersionId: '1',
    })
    expect(found.creationDate).toEqual(found.lastModifiedDate)
    expect(await findPolicy(account.store.read, context.accountId, 'one')).toMatchObject({
      policyDocument: document,
    })
    await policies.DeletePolicy({ policyName: 'one' }, context)
    expect(await findPolicy(account.store.read, context.accountId, 'one')).toBeUndefined()
    expect((await policies.ListPolicies({}, context)).policies).toEqual([])
  })

  it('keeps its document as it came, white space and all', async () => {
    const spacious = `\n${JSON.stringify(JSON.parse(document), undefined, 8)}\t`
    await policies.CreatePolicy({ policyName: 'one', policyDocument: spacious }, context)
    expect((await policies.GetPolicy({ policyName: 'one' }, context)).policyDocument).toBe(spacious)
  })

  it('belongs to its account', async () => {
    await account.createPolicy('one')
    await expect(policies.GetPolicy({ policyName: 'one' }, elsewhere)).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    })
    expect((await policies.ListPolicies({}, elsewhere)).policies).toEqual([])
    await policies.CreatePolicy({ policyName: 'one', policyDocument: document }, elsewhere)
  })

  it('has tags from its creation to its deletion', async () => {
    await policies.CreatePolicy(
      { policyName: 'one', policyDocument: document, tags: [{ Key: 'a', Value: 'b' }] },
      context,
    )
    const { read } = account.store
    const tags = () => read.selectFrom('tags').select(['resource_arn', 'key', 'value']).execute()
    expect(await tags()).toEqual([{ resource_arn: arn('policy/one'), key: 'a', value: 'b' }])
    await policies.DeletePolicy({ policyName: 'one' }, context)
    expect(await tags()).toEqual([])
  })

  it('of 2048 characters without white space is allowed, of one more is not', async () => {
    const padded = (length: number) => {
      const text = grant('iot:Connect', `arn:aws:iot:*:*:client/${'x'.repeat(length)}`)
      return { policyName: `p${length}`, policyDocument: text.replaceAll(',', ' \n, ') }
    }
    const fixed = grant('iot:Connect', 'arn:aws:iot:*:*:client/').length
    await policies.CreatePolicy(padded(2048 - fixed), context)
    await expect(policies.CreatePolicy(padded(2049 - fixed), context)).rejects.toEqual(
      refusal(
        'MalformedPolicyException',
        'has 2049 characters without white space, at most 2048 are allowed',
      ),
    )
  })

  it.each([
    [
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow"',
      'the policy document is malformed: the policy is not JSON',
    ],
    [grant('Connect'), 'Statement[0].Action must be "*" or a service and an action'],
    ['{}', 'Statement must hold at least one statement'],
    [grant('iot:Connect', '*', { Principal: '*' }), 'must not have the element "Principal"'],
  ])('that is malformed is refused: %s', async (policyDocument, message) => {
    const malformed = refusal('MalformedPolicyException', message)
    await expect(policies.CreatePolicy({ policyName: 'p', policyDocument }, context)).rejects.toEqual(
      malformed,
    )
    await account.createPolicy('one')
    await expect(
      policies.CreatePolicyVersion({ policyName: 'one', policyDocument }, context),
    ).rejects.toEqual(malformed)
  })

  it('cannot be made twice', async () => {
    await account.createPolicy('one')
    await expect(account.createPolicy('one')).rejects.toMatchObject({
      code: 'ResourceAlreadyExistsException',
      members: { resourceId: 'one', resourceArn: arn('policy/one') },
    })
  })

  it.each(['', 'a b', 'a/b', 'ä', 'x'.repeat(129), "a'; drop table iot_policies"])(
    'may not be called %j, whoever asks',
    async (policyName) => {
      const wanted = { accountId: context.accountId, policyName, policyDocument: document, now: new Date() }
      await expect(account.store.transact((db) => createPolicy(db, wanted))).rejects.toEqual(
        refusal('InvalidRequestException', 'a policy name has 1 to 128'),
      )
    },
  )

  it('is listed newest first or oldest first, in pages', async () => {
    for (const name of ['b', 'a', 'd', 'c']) await account.createPolicy(name)
    const names = async (input: { ascendingOrder?: boolean; pageSize?: number }) => {
      const pages: (string | undefined)[][] = []
      let marker: string | undefined
      do {
        const page = await policies.ListPolicies(
          { ...input, ...(marker !== undefined && { marker }) },
          context,
        )
        pages.push((page.policies ?? []).map(({ policyName }) => policyName))
        marker = page.nextMarker
      } while (marker !== undefined)
      return pages
    }
    expect(await names({})).toEqual([['c', 'd', 'a', 'b']])
    expect(await names({ ascendingOrder: true, pageSize: 3 })).toEqual([['b', 'a', 'd'], ['c']])
    expect(await names({ pageSize: 2 })).toEqual([
      ['c', 'd'],
      ['a', 'b'],
    ])
    await expect(policies.ListPolicies({ marker: 'eA==' }, context)).rejects.toMatchObject({
      code: 'InvalidRequestException',
    })
  })
})

it('refuses every operation on a policy that is not there', async () => {
  const missing = refusal('ResourceNotFoundException', 'no policy named none')
  const { certificateArn: principal } = await account.registerCertificate()
  const name = { policyName: 'none' }
  const version = { ...name, policyVersionId: '1' }
  const attempts = [
    () => policies.GetPolicy(name, context),
    () => policies.DeletePolicy(name, context),
    () => policies.ListPolicyVersions(name, context),
    () => policies.CreatePolicyVersion({ ...name, policyDocument: document }, context),
    () => policies.GetPolicyVersion(version, context),
    () => policies.SetDefaultPolicyVersion(version, context),
    () => policies.DeletePolicyVersion(version, context),
    () => policies.AttachPolicy({ ...name, target: principal }, context),
    () => policies.AttachPrincipalPolicy({ ...name, principal }, context),
    () => policies.DetachPrincipalPolicy({ ...name, principal }, context),
    () => policies.ListTargetsForPolicy(name, context),
    () => policies.ListPolicyPrincipals(name, context),
    () => policies.TestAuthorization({ principal, authInfos: [], policyNamesToAdd: ['none'] }, context),
    () => policies.TestAuthorization({ principal, authInfos: [], policyNamesToSkip: ['none'] }, context),
  ]
  for (const attempt of attempts) await expect(attempt()).rejects.toEqual(missing)
})

it('asks IAM about every operation it offers', () => {
  expect(Object.keys(iotPoliciesPermissions).toSorted()).toEqual(Object.keys(policies).toSorted())
  const scope = { accountId: context.accountId, region: context.region }
  expect(iotPoliciesPermissions.CreatePolicy({ policyName: 'one' }, scope)).toEqual({
    resources: [arn('policy/one')],
  })
  expect(iotPoliciesPermissions.AttachPolicy({ target: arn('cert/1') })).toEqual({
    resources: [arn('cert/1')],
  })
  expect(iotPoliciesPermissions.GetEffectivePolicies({})).toEqual({ resources: ['*'] })
})
