import { expect, it } from 'vitest'
import { rootContext } from '../../../test/helpers/call-context.ts'
import { openTestStore } from '../../../test/helpers/store.ts'
import { ConsoleSessions } from './sessions.ts'

const accountId = '111122223333'
const start = Date.parse('2026-11-01T00:00:00Z')
const hourMs = 3_600_000

it('a session that is used lives on, one that is not used for an hour ends, and after twelve hours any', async () => {
  await using store = await openTestStore()
  let at = start
  const sessions = new ConsoleSessions({
    store,
    now: () => new Date(at),
    findPerson: async () => undefined,
    findCredential: async () => ({
      secretAccessKey: 'x',
      status: 'Active',
      caller: rootContext(accountId).caller,
    }),
  })
  const opening = {
    accountId,
    accessKeyId: 'AKIAXXXXXXXXXXXXXXXX',
    sourceIp: '127.0.0.1',
    userAgent: 'browser',
  }
  const used = await sessions.open(opening)
  const idle = await sessions.open(opening)
  at += hourMs - 1
  expect(await sessions.find(used, { isUse: true })).toMatchObject({ caller: { accountId } })
  expect(await sessions.find(idle, { isUse: false })).toBeDefined()
  at += 1
  expect(await sessions.find(idle, { isUse: true })).toBeUndefined()
  for (at += 1; at < start + 12 * hourMs; at += hourMs / 2)
    expect(await sessions.find(used, { isUse: true })).toBeDefined()
  expect(await sessions.find(used, { isUse: true })).toBeUndefined()
})
