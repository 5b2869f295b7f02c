/** Which events accounts want, and the events that wait to be published. */
import { prepareQuery, type Bind, type Db } from '../../store/index.ts'

export interface EventConfigurations {
  accountId: string
  /** AWS event types. */
  enabled: readonly string[]
  creationDate: Date
  lastModifiedDate: Date
}

/** `undefined` for an account that never said what it wants. */
export async function findConfigurations(
  db: Db,
  accountId: string,
): Promise<EventConfigurations | undefined> {
  const row = await db
    .selectFrom('event_configurations')
    .selectAll()
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  return (
    row && {
      accountId,
      enabled: JSON.parse(row.enabled) as string[],
      creationDate: new Date(row.created_at),
      lastModifiedDate: new Date(row.modified_at),
    }
  )
}

export async function putConfigurations(db: Db, configurations: EventConfigurations): Promise<void> {
  const enabled = JSON.stringify(configurations.enabled)
  const modified_at = configurations.lastModifiedDate.getTime()
  await db
    .insertInto('event_configurations')
    .values({
      account_id: configurations.accountId,
      enabled,
      created_at: configurations.creationDate.getTime(),
      modified_at,
    })
    .onConflict((conflict) => conflict.column('account_id').doUpdateSet({ enabled, modified_at }))
    .execute()
}

/** An event as it is published. */
export interface WaitingEvent {
  accountId: string
  topic: string
  /** JSON text. */
  payload: string
}

/** Only the node of that name publishes it; the name is empty where one server has the database. */
export async function insertEvent(
  db: Db,
  { accountId, topic, payload }: WaitingEvent,
  nodeName: string,
): Promise<void> {
  await insertRow(db, { accountId, topic, payload, nodeName })
}

const insertRow = prepareQuery((db, value: Bind<WaitingEvent & { nodeName: string }>) =>
  db.insertInto('registry_events').values({
    account_id: value('accountId'),
    topic: value('topic'),
    payload: value('payload'),
    node_name: value('nodeName'),
  }),
)

/** What a node that is gone has left becomes another one's to publish. */
export async function adoptRegistryEvents(db: Db, { from, to }: { from: string; to: string }): Promise<void> {
  await db.updateTable('registry_events').set({ node_name: to }).where('node_name', '=', from).execute()
}

/** Those of the node, the oldest first. */
export async function listWaiting(
  db: Db,
  nodeName: string,
  limit: number,
): Promise<(WaitingEvent & { seq: number })[]> {
  return db
    .selectFrom('registry_events')
    .select(['seq', 'account_id as accountId', 'topic', 'payload'])
    .where('node_name', '=', nodeName)
    .orderBy('seq')
    .limit(limit)
    .execute()
}

/** One by one: between the oldest and the newest of them may be some that were adopted meanwhile. */
export async function deletePublished(db: Db, seqs: readonly number[]): Promise<void> {
  await db.deleteFrom('registry_events').where('seq', 'in', seqs).execute()
}
