import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import {
  attachedPolicyNames,
  countAttachedPolicies,
  createPolicy,
  detachAllPolicies,
  findPolicy,
  iotPoliciesPermissions,
} from './index.ts'
import { arn, context, elsewhere, grant, openTestAccount, type TestAccount } from './testing/test-account.ts'

const ca = makeCa()
let account: TestAccount
let policies: TestAccount['policies']
beforeEach(async () => {
  account = await openTestAccount(ca)
  policies = account.policies
})
afterEach(() => account[Symbol.asyncDispose]())

const document = grant('iot:Connect')
const create = (policyName: string) =>
  policies.CreatePolicy({ policyName, policyDocument: document }, context)
const unknownCertificate = arn(`cert/${'0'.repeat(64)}`)
const refusal = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(message) })

describe('a policy', () => {
  it('is created, found, listed, and deleted', async () => {
    expect(await create('one')).toEqual({
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
    await create('one')
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
    await create('one')
    await expect(
      policies.CreatePolicyVersion({ policyName: 'one', policyDocument }, context),
    ).rejects.toEqual(malformed)
  })

  it('cannot be made twice', async () => {
    await create('one')
    await expect(create('one')).rejects.toMatchObject({
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
    for (const name of ['b', 'a', 'd', 'c']) await create(name)
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

describe('versions of a policy', () => {
  const addVersion = (setAsDefault = false) =>
    policies.CreatePolicyVersion({ policyName: 'one', policyDocument: grant('iot:*'), setAsDefault }, context)
  beforeEach(async () => {
    await create('one')
    account.changes.length = 0
  })

  it('count from 1, and one is the default', async () => {
    expect(await addVersion()).toMatchObject({
      policyVersionId: '2',
      isDefaultVersion: false,
      policyArn: arn('policy/one'),
    })
    expect(account.changes).toEqual([])
    expect(await addVersion(true)).toMatchObject({ policyVersionId: '3', isDefaultVersion: true })
    expect(account.changes).toHaveLength(1)
    expect(await policies.GetPolicy({ policyName: 'one' }, context)).toMatchObject({
      defaultVersionId: '3',
      policyDocument: grant('iot:*'),
    })
    const { policyVersions } = await policies.ListPolicyVersions({ policyName: 'one' }, context)
    expect(policyVersions?.map(({ versionId, isDefaultVersion }) => [versionId, isDefaultVersion])).toEqual([
      ['3', true],
      ['2', false],
      ['1', false],
    ])
  })

  it('can be made the default again', async () => {
    await addVersion(true)
    await policies.SetDefaultPolicyVersion({ policyName: 'one', policyVersionId: '1' }, context)
    const { defaultVersionId, generationId } = await policies.GetPolicy({ policyName: 'one' }, context)
    expect(defaultVersionId).toBe('1')
    expect(account.changes).toHaveLength(2)
    const version = await policies.GetPolicyVersion({ policyName: 'one', policyVersionId: '2' }, context)
    expect(version).toMatchObject({ isDefaultVersion: false, policyDocument: grant('iot:*') })
    expect(version.generationId).not.toBe(generationId)
  })

  it('never take a number again', async () => {
    await addVersion()
    await policies.DeletePolicyVersion({ policyName: 'one', policyVersionId: '2' }, context)
    expect(await addVersion()).toMatchObject({ policyVersionId: '3' })
  })

  it('are five at most', async () => {
    for (let count = 1; count < 5; count++) await addVersion()
    await expect(addVersion()).rejects.toEqual(
      refusal('VersionsLimitExceededException', 'has 5 versions, the most allowed'),
    )
  })

  it('keep the policy from being deleted, and the default one from being deleted alone', async () => {
    await addVersion()
    await expect(policies.DeletePolicy({ policyName: 'one' }, context)).rejects.toEqual(
      refusal('DeleteConflictException', 'has 2 versions'),
    )
    await expect(
      policies.DeletePolicyVersion({ policyName: 'one', policyVersionId: '1' }, context),
    ).rejects.toEqual(refusal('DeleteConflictException', 'version 1 is the default version'))
    await policies.DeletePolicyVersion({ policyName: 'one', policyVersionId: '2' }, context)
    await policies.DeletePolicy({ policyName: 'one' }, context)
  })

  it.each(['2', '0', '01', '99999999999999999999'])(
    'that are not there are not found: %s',
    async (policyVersionId) => {
      const missing = refusal('ResourceNotFoundException', `policy one has no version ${policyVersionId}`)
      const input = { policyName: 'one', policyVersionId }
      await expect(policies.GetPolicyVersion(input, context)).rejects.toEqual(missing)
      await expect(policies.SetDefaultPolicyVersion(input, context)).rejects.toEqual(missing)
      await expect(policies.DeletePolicyVersion(input, context)).rejects.toEqual(missing)
    },
  )
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

describe('attachments', () => {
  let certificateArn: string
  beforeEach(async () => {
    certificateArn = (await account.registerCertificate()).certificateArn
    await create('one')
    await create('two')
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
      await create(`p${count}`)
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
