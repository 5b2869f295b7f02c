import { expect, it } from 'vitest'
import { openTestStore } from '../../../test/helpers/store.ts'
import { listAllCode } from './version-store.ts'

const accountId = '000000000000'

it('names each archive of all functions once', async () => {
  await using store = await openTestStore()
  const row = { settings: '{}', code_sha256: '', code_size: 1, revision_id: 'r', modified_at: 0 }
  const versions = [
    ['lamp', '$LATEST', 'code-2'],
    ['lamp', '1', 'code-1'],
    ['lamp', '2', 'code-2'],
  ] as const
  await store.transact(async (db) => {
    await db
      .insertInto('functions')
      .values({
        account_id: accountId,
        function_name: 'lamp',
        next_version: 3,
        reserved_concurrency: null,
        created_at: 0,
      })
      .execute()
    for (const [function_name, version, code_id] of versions)
      await db
        .insertInto('function_versions')
        .values({
          ...row,
          account_id: accountId,
          function_name,
          version,
          version_number: Number(version) || 0,
          code_id,
        })
        .execute()
  })
  const found = await listAllCode(store.read)
  expect(found.map(({ codeId }) => codeId).toSorted()).toEqual(['code-1', 'code-2'])
})
