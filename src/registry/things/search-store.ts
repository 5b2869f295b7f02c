/** Finding things by attribute and type. */
import type { PageRequest } from '../../api/aws/page.ts'
import { bindAll, prepareQuery, type Bind, type Db, type Tables } from '../../store/index.ts'
import type { Attributes } from './attributes.ts'
import { fromRow } from './thing-row.ts'
import type { Thing } from './thing.ts'

type ThingKey = Pick<Thing, 'accountId' | 'thingName'>

const insertAttribute = prepareQuery((db, value: Bind<Tables['thing_attributes']>) =>
  db
    .insertInto('thing_attributes')
    .values(bindAll(value, ['account_id', 'attribute_name', 'attribute_value', 'thing_name'])),
)

/** Makes the attributes of a thing searchable. */
export async function insertAttributes(
  db: Db,
  { accountId, thingName }: ThingKey,
  attributes: Attributes,
): Promise<void> {
  const key = { account_id: accountId, thing_name: thingName }
  for (const [name, value] of Object.entries(attributes))
    await insertAttribute(db, { ...key, attribute_name: name, attribute_value: value })
}

/** `attributes` are all that were inserted: the table is kept in their order, not in that of the things. */
export async function deleteAttributes(
  db: Db,
  { accountId, thingName }: ThingKey,
  attributes: Attributes,
): Promise<void> {
  const entries = Object.entries(attributes)
  if (entries.length === 0) return
  await db
    .deleteFrom('thing_attributes')
    .where('account_id', '=', accountId)
    .where('thing_name', '=', thingName)
    .where((is) =>
      is.or(
        entries.map(([name, value]) =>
          is.and([is('attribute_name', '=', name), is('attribute_value', '=', value)]),
        ),
      ),
    )
    .execute()
}

export interface ThingFilter {
  thingTypeName?: string | undefined
  attributeName?: string | undefined
  attributeValue?: string | undefined
  usePrefixAttributeValue?: boolean | undefined
}

/** By name; one more than the page's limit when there are more. */
export async function listThings(
  db: Db,
  accountId: string,
  filter: ThingFilter,
  page: PageRequest,
): Promise<Thing[]> {
  if (filter.attributeName !== undefined) return listThingsByAttribute(db, accountId, filter, page)
  let query = db.selectFrom('things').selectAll().where('account_id', '=', accountId)
  if (page.after !== undefined) query = query.where('thing_name', '>', page.after)
  if (filter.thingTypeName !== undefined) query = query.where('thing_type_name', '=', filter.thingTypeName)
  const rows = await query
    .orderBy('thing_name')
    .limit(page.limit + 1)
    .execute()
  return rows.map(fromRow)
}

/** Reads the attributes in their own order, so a page of one value costs the same however many things have it. */
async function listThingsByAttribute(
  db: Db,
  accountId: string,
  filter: ThingFilter,
  page: PageRequest,
): Promise<Thing[]> {
  const { attributeName = '', attributeValue, usePrefixAttributeValue } = filter
  let query = db
    .selectFrom('thing_attributes as attribute')
    .innerJoin('things as thing', (join) =>
      join
        .onRef('thing.account_id', '=', 'attribute.account_id')
        .onRef('thing.thing_name', '=', 'attribute.thing_name'),
    )
    .selectAll('thing')
    .where('attribute.account_id', '=', accountId)
    .where('attribute.attribute_name', '=', attributeName)
  if (attributeValue !== undefined)
    query = usePrefixAttributeValue
      ? query
          .where('attribute.attribute_value', '>=', attributeValue)
          .where('attribute.attribute_value', '<', endOfPrefix(attributeValue))
      : query.where('attribute.attribute_value', '=', attributeValue)
  if (page.after !== undefined) query = query.where('attribute.thing_name', '>', page.after)
  if (filter.thingTypeName !== undefined)
    query = query.where('thing.thing_type_name', '=', filter.thingTypeName)
  const rows = await query
    .orderBy('attribute.thing_name')
    .limit(page.limit + 1)
    .execute()
  return rows.map(fromRow)
}

/** Names and values that begin with `prefix` lie from it up to this: no character they may have reaches `~`. */
export const endOfPrefix = (prefix: string): string => `${prefix}~`

export async function hasThingsOfType(db: Db, accountId: string, thingTypeName: string): Promise<boolean> {
  const row = await db
    .selectFrom('things')
    .select('thing_name')
    .where('account_id', '=', accountId)
    .where('thing_type_name', '=', thingTypeName)
    .executeTakeFirst()
  return row !== undefined
}
