import type { JournalEntry } from '../../observability/journal/index.ts'
import type { DroppedMessages } from '../../messaging/sessions/index.ts'

/** How the journal tells of messages that a session lost: how many, by reason. */
export function droppedEntry({ accountId, name, topic, counts }: DroppedMessages, at: Date): JournalEntry {
  const details = { ...(topic !== undefined && { topic }), ...counts }
  return { accountId, code: 'messages-dropped', at, clientId: name, details }
}
