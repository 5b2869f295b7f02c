/** What waits for shared groups when a server that had the database by itself becomes a node of several, and back. */
import type { Db, Store } from '../../../store/index.ts'
import { newMessage, type KeptMessage } from '../kept-message.ts'
import { listMessages, saveMessage } from '../message-store.ts'
import { deleteSession, listSharedQueues, saveSharedQueue } from '../store.ts'
import { countWaiting, deleteAll, insertWaiting, listAll } from './group-store.ts'
import { nextSessionBlock } from './owner-store.ts'

const messagesAtOnce = 500
/** Before all that comes into the log. */
const toSeq = (seq: number) => seq - 2 ** 40

/** For the node that begins: there is nothing of this where others are running already. */
export async function shareQueues(db: Db): Promise<void> {
  for (const { name, ...queue } of await listSharedQueues(db)) {
    let page: KeptMessage[]
    let after = -1
    do {
      page = await listMessages(db, queue, { after, before: Number.MAX_SAFE_INTEGER, limit: messagesAtOnce })
      for (const { seq, message, expiresAt } of page)
        await insertWaiting(db, { accountId: queue.accountId, name, seq: toSeq(seq), message, expiresAt })
      const bytes = page.reduce((sum, { message }) => sum + message.payload.length, 0)
      await countWaiting(db, { accountId: queue.accountId, name }, { messages: page.length, bytes })
      after = page.at(-1)?.seq ?? after
    } while (page.length === messagesAtOnce)
    await deleteSession(db, queue)
  }
}

/** For a server that has the database by itself: all of it waits, as no node has clients any more. */
export async function takeQueuesBack(store: Pick<Store, 'transact'>): Promise<void> {
  await store.transact(async (db) => {
    const messages = await listAll(db)
    const groups = Map.groupBy(messages, ({ accountId, name }) => JSON.stringify([accountId, name]))
    for (const [, [first, ...others]] of groups) {
      if (!first) continue
      const { accountId, name } = first
      const queue = { accountId, sessionId: await nextSessionBlock(db, '') }
      await saveSharedQueue(db, queue, name)
      for (const [seq, { message, expiresAt }] of [first, ...others].entries()) {
        if (message.qos === 0) continue // it is not kept
        const { qos } = message
        await saveMessage(db, newMessage({ queue, seq, message, qos, retain: false, expiresAt }))
      }
    }
    await deleteAll(db)
  })
}
