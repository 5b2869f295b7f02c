/** Shadows in the store. */
import { bindAll, prepareQuery, type Bind, type Db, type Tables } from '../../store/index.ts'
import { isObject, memberOf, parseJson, type Json } from './documents/json.ts'
import { pick, type ShadowDocument } from './documents/shadow-document.ts'
import { sections } from './documents/update-request.ts'
import type { ShadowId } from './shadow-topics.ts'

type Row = Tables['shadows']
type Key = Pick<Row, 'account_id' | 'thing_name' | 'shadow_name'>

const keyOf = ({ accountId, thingName, shadowName = '' }: ShadowId): Key => ({
  account_id: accountId,
  thing_name: thingName,
  shadow_name: shadowName,
})

const selectShadow = prepareQuery((db, value: Bind<Key>) =>
  db
    .selectFrom('shadows')
    .select(['version', 'state', 'metadata'])
    .where('account_id', '=', value('account_id'))
    .where('thing_name', '=', value('thing_name'))
    .where('shadow_name', '=', value('shadow_name')),
)

const upsertShadow = prepareQuery((db, value: Bind<Row>) =>
  db
    .insertInto('shadows')
    .values(bindAll(value, ['account_id', 'thing_name', 'shadow_name', 'version', 'state', 'metadata']))
    .onConflict((conflict) =>
      conflict
        .columns(['account_id', 'thing_name', 'shadow_name'])
        .doUpdateSet(bindAll(value, ['version', 'state', 'metadata'])),
    ),
)

export async function findShadow(db: Db, id: ShadowId): Promise<ShadowDocument | undefined> {
  const { rows } = await selectShadow(db, keyOf(id))
  const [row] = rows
  return row && fromRow(row)
}

export async function saveShadow(db: Db, id: ShadowId, document: ShadowDocument): Promise<void> {
  await upsertShadow(db, {
    ...keyOf(id),
    version: document.version,
    state: JSON.stringify(pick(document, 'state')),
    metadata: JSON.stringify(pick(document, 'metadata')),
  })
}

function fromRow({ version, state, metadata }: Pick<Row, 'version' | 'state' | 'metadata'>): ShadowDocument {
  const document: ShadowDocument = { version }
  const states = parseJson(state)
  const times = JSON.parse(metadata) as Json
  for (const section of sections) {
    const value = sectionOf(states, section)
    if (value !== undefined) document[section] = { state: value, metadata: sectionOf(times, section) ?? {} }
  }
  return document
}

const sectionOf = (document: Json, section: string): Json | undefined =>
  isObject(document) ? memberOf(document, section) : undefined

/** Resolves with the version it had; `undefined` when there is no such shadow. */
export async function deleteShadow(db: Db, id: ShadowId, now: Date): Promise<number | undefined> {
  const key = keyOf(id)
  const deleted = await db
    .deleteFrom('shadows')
    .where('account_id', '=', key.account_id)
    .where('thing_name', '=', key.thing_name)
    .where('shadow_name', '=', key.shadow_name)
    .returning('version')
    .executeTakeFirst()
  if (!deleted) return undefined
  const remembered = { version: deleted.version, deleted_at: now.getTime() }
  await db
    .insertInto('deleted_shadows')
    .values({ ...key, ...remembered })
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'thing_name', 'shadow_name']).doUpdateSet(remembered),
    )
    .execute()
  return deleted.version
}

/** The version of one that was deleted after `since`. */
export async function findDeletedVersion(db: Db, id: ShadowId, since: Date): Promise<number | undefined> {
  const key = keyOf(id)
  const row = await db
    .selectFrom('deleted_shadows')
    .select('version')
    .where('account_id', '=', key.account_id)
    .where('thing_name', '=', key.thing_name)
    .where('shadow_name', '=', key.shadow_name)
    .where('deleted_at', '>', since.getTime())
    .executeTakeFirst()
  return row?.version
}

/** Forgets versions of shadows that were deleted until then. */
export async function forgetDeleted(db: Db, until: Date): Promise<void> {
  await db.deleteFrom('deleted_shadows').where('deleted_at', '<=', until.getTime()).execute()
}

/** By name, from the one after `after`; without the classic shadow. */
export async function listShadowNames(
  db: Db,
  { accountId, thingName }: Pick<ShadowId, 'accountId' | 'thingName'>,
  { after = '', limit }: { after?: string | undefined; limit: number },
): Promise<string[]> {
  const rows = await db
    .selectFrom('shadows')
    .select('shadow_name')
    .where('account_id', '=', accountId)
    .where('thing_name', '=', thingName)
    .where('shadow_name', '>', after)
    .orderBy('shadow_name')
    .limit(limit)
    .execute()
  return rows.map((row) => row.shadow_name)
}
