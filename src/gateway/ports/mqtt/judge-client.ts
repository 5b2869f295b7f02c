import type { JournalCode, RecordEntry } from '../../../observability/journal/index.ts'
import type { ClientEvents } from '../client-events.ts'
import { denialDetails } from '../denial.ts'
import { journalledAs } from '../journalled-as.ts'
import type { RefusalDetails } from '../refuse.ts'
import type { Client } from './client.ts'

export interface JudgeDeps {
  record: RecordEntry
  /** Hears of subscriptions that are taken away. */
  events: Pick<ClientEvents, 'unsubscribed'>
  now: () => Date
}

/**
 * Decides anew what was decided when the client connected and subscribed. A client that may not be connected any more
 * is ended, a subscription that is not allowed any more is taken away. The right to publish the will is not asked for
 * again: as on AWS it is judged at CONNECT alone. False when the client was ended.
 */
export function judgeClient(client: Client, deps: JudgeDeps): boolean {
  const { authorization, rights, judgedClientId: clientId, connectConditions } = client
  client.judgedVersion = authorization.version
  const resource = rights.resource('iot:Connect', clientId)
  const decision = authorization.decide('iot:Connect', resource, connectConditions)
  if (decision.effect !== 'allow') {
    const details = denialDetails(rights, 'iot:Connect', clientId, decision)
    client.end({ journal: 'connect-no-longer-allowed', details, disconnectCode: 0x87 })
    return false
  }
  judgeSubscriptions(client, deps)
  return true
}

/** Takes away what is not allowed any more; each is recorded once, because it is gone then. */
export function judgeSubscriptions(client: Client, deps: JudgeDeps): void {
  const { rights, session } = client
  const denied = session.filters.filter((filter) => rights.decide('iot:Subscribe', filter).effect !== 'allow')
  if (denied.length === 0) return
  for (const filter of denied) {
    session.unsubscribe(filter).durable?.catch(() => {}) // it was told; on return it is judged again
    recordOf(client, deps, {
      code: 'subscription-no-longer-allowed',
      details: denialDetails(rights, 'iot:Subscribe', filter),
    })
  }
  deps.events.unsubscribed(client, denied)
}

function recordOf(
  { peer, clientId, thingName }: Client,
  { record, now }: JudgeDeps,
  entry: { code: JournalCode; details: RefusalDetails },
): void {
  const { accountId, sourceIp } = peer
  const { code, details } = entry
  record({
    code,
    accountId,
    at: now(),
    clientId,
    sourceIp,
    ...(thingName !== undefined && { thingName }),
    ...journalledAs(peer, details),
  })
}
