import { expect, it } from 'vitest'
import { openTestAccount } from '../testing/test-account.ts'

it('keeps no secret of an access key in clear', async () => {
  await using account = await openTestAccount()
  const { secretAccessKey } = await account.identities.ensureRootKey()
  await account.iam('CreateUser', { UserName: 'anna' })
  const { AccessKey } = await account.iam('CreateAccessKey', { UserName: 'anna' })
  const found = await account.identities.findCredential(AccessKey!.AccessKeyId!)
  expect(found?.secretAccessKey).toBe(AccessKey!.SecretAccessKey)
  const rows = await account.store.read.selectFrom('iam_access_keys').select('secret_access_key').execute()
  expect(rows).toHaveLength(2)
  for (const { secret_access_key: kept } of rows) {
    expect(kept).toMatch(/^v1\./)
    expect([secretAccessKey, AccessKey!.SecretAccessKey]).not.toContain(kept)
  }
})
