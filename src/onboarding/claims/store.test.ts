import { expect, it } from 'vitest'
import { openTestStore } from '../../../test/helpers/store.ts'
import { addUse, countUses } from './store.ts'

const [accountId, other] = ['000000000000', '111111111111']
const [claimId, otherClaim] = ['a'.repeat(64), 'b'.repeat(64)]

it('counts what each claim of each account was used for', async () => {
  await using store = await openTestStore()
  const use = (account: string, id: string) => store.transact((db) => addUse(db, account, id))
  await use(accountId, claimId)
  await use(accountId, claimId)
  await use(other, claimId)
  const counts = [
    [accountId, claimId],
    [accountId, otherClaim],
    [other, claimId],
  ].map(([account = '', id = '']) => countUses(store.read, account, id))
  expect(await Promise.all(counts)).toEqual([2, 0, 1])
})
