import { describe, expect, it } from 'vitest'
import { reserveUserIds } from './user-ids.ts'

const isRootOnLinux = process.platform === 'linux' && process.getuid?.() === 0

describe.skipIf(!isRootOnLinux)('the user ids of functions', () => {
  it('are no two servers at a time, and go on by chance when all are taken', async () => {
    const ids = { firstOfAll: 50_000 + process.pid * 100_000, blockCount: 5 } // apart from those of servers beside this test
    const all = [0, 32, 64, 96, 128].map((offset) => ids.firstOfAll + offset)
    await using taken = new AsyncDisposableStack()
    const take = async () => taken.use(await reserveUserIds(ids)).first
    const firsts = [await take(), await take(), await take(), await take(), await take()]
    expect(firsts.toSorted((one, other) => one - other)).toEqual(all)
    expect(all).toContain(await take())
  })

  it('are free again once the server has stopped', async () => {
    const ids = { firstOfAll: 51_000 + process.pid * 100_000, blockCount: 2 }
    await using kept = await reserveUserIds(ids)
    for (let at = 0; at < 3; at++) {
      await using other = await reserveUserIds(ids)
      expect(other.first).not.toBe(kept.first)
    }
  })
})
