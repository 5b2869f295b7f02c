import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import { arn, context, grant, openTestAccount, type TestAccount, refusal } from './testing/test-account.ts'

const ca = makeCa()
let account: TestAccount
let policies: TestAccount['policies']
beforeEach(async () => {
  account = await openTestAccount(ca)
  policies = account.policies
})
afterEach(() => account[Symbol.asyncDispose]())

describe('versions of a policy', () => {
  const addVersion = (setAsDefault = false) =>
    policies.CreatePolicyVersion({ policyName: 'one', policyDocument: grant('iot:*'), setAsDefault }, context)
  beforeEach(async () => {
    await account.createPolicy('one')
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
