/** Finding things by attribute and type. */
import { iotError } from '../../api/aws/errors.ts'
import type { PageRequest } from '../../api/aws/page.ts'
import { bindAll, prepareQuery, type Bind, type Db, type Tables } from '../../store/index.ts'
import type { Attributes } from './attributes.ts'
import { fromListedRow, listedColumns } from './thing-row.ts'
import type { ListedThing, Thing } from './thing.ts'

type ThingKey = Pick<Thing, 'accountId' | 'thingName'>
type TypedThingKey = ThingKey & Pick<Thing, 'thingTypeName'>

const insertAttribute = prepareQuery((db, value: Bind<Tables['thing_attributes']>) =>
  db
    .insertInto('thing_attributes')
    .values(
      bindAll(value, ['account_id', 'attribute_name', 'attribute_value', 'thing_name', 'thing_type_name']),
    ),
)

/** Makes the attributes of a thing searchable. */
export async function insertAttributes(
  db: Db,
  { accountId, thingName, thingTypeName }: TypedThingKey,
  attributes: Attributes,
): Promise<void> {
  const key = { account_id: accountId, thing_name: thingName, thing_type_name: thingTypeName ?? null }
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

/**
 * By name, or by the value of the attribute and then by name; one more than the page's limit when there are more.
 * `page.after` is what `pageKey` gave for the last thing of the page before.
 */
export async function listThings(
  db: Db,
  accountId: string,
  filter: ThingFilter,
  page: PageRequest,
): Promise<ListedThing[]> {
  if (filter.attributeName !== undefined) return listThingsByAttribute(db, accountId, filter, page)
  let query = db.selectFrom('things').select(listedColumns).where('account_id', '=', accountId)
  if (page.after !== undefined) query = query.where('thing_name', '>', page.after)
  if (filter.thingTypeName !== undefined) query = query.where('thing_type_name', '=', filter.thingTypeName)
  const rows = await query
    .orderBy('thing_name')
    .limit(page.limit + 1)
    .execute()
  return rows.map(fromListedRow)
}

/** Where a list goes on behind the thing. */
export function pageKey({ attributeName }: ThingFilter, { thingName, attributes }: ListedThing): string {
  return attributeName === undefined ? thingName : `${attributes[attributeName] ?? ''}\n${thingName}`
}

interface AttributePosition {
  value: string
  thingName: string
}

/** @throws {AwsError} `InvalidRequestException` when it is not of a list by attribute */
function parsePageKey(key: string | undefined): AttributePosition | undefined {
  if (key === undefined) return undefined
  const [value, thingName] = key.split('\n') // neither may hold one
  if (value !== undefined && thingName !== undefined) return { value, thingName }
  throw iotError('InvalidRequestException', 'the nextToken is not one that a list by attribute gave out')
}

/** Reads the attributes in their own order, so a page costs the same however many things have them. */
async function listThingsByAttribute(
  db: Db,
  accountId: string,
  filter: ThingFilter,
  page: PageRequest,
): Promise<ListedThing[]> {
  const { attributeValue, usePrefixAttributeValue } = filter
  const after = parsePageKey(page.after)
  const isExact = attributeValue !== undefined && !usePrefixAttributeValue
  const query = thingsWithAttribute(db, accountId, filter)
  const from = isExact
    ? query
        .where('attribute.attribute_value', '=', attributeValue)
        .where('attribute.thing_name', '>', after?.thingName ?? '')
    : fromPosition(query, attributeValue ?? '', after)
  const rows = await from
    .orderBy('attribute.thing_name')
    .limit(page.limit + 1)
    .execute()
  return rows.map(fromListedRow)
}

function thingsWithAttribute(db: Db, accountId: string, { attributeName = '', thingTypeName }: ThingFilter) {
  const query = db
    .selectFrom('thing_attributes as attribute')
    .innerJoin('things as thing', (join) =>
      join
        .onRef('thing.account_id', '=', 'attribute.account_id')
        .onRef('thing.thing_name', '=', 'attribute.thing_name'),
    )
    .select(listedColumns.map((column) => `thing.${column}` as const))
    .where('attribute.account_id', '=', accountId)
    .where('attribute.attribute_name', '=', attributeName)
  return thingTypeName === undefined ? query : query.where('attribute.thing_type_name', '=', thingTypeName)
}

/** Values that begin with `prefix`, behind `after`: one bound on each side, so that an index is entered there. */
function fromPosition(
  query: ReturnType<typeof thingsWithAttribute>,
  prefix: string,
  after: AttributePosition | undefined,
) {
  const ended = prefix === '' ? query : query.where('attribute.attribute_value', '<', endOfPrefix(prefix))
  const begun =
    after && after.value >= prefix
      ? ended.where((is) =>
          is(
            is.refTuple('attribute.attribute_value', 'attribute.thing_name'),
            '>',
            is.tuple(after.value, after.thingName),
          ),
        )
      : ended.where('attribute.attribute_value', '>=', prefix)
  return begun.orderBy('attribute.attribute_value')
}

/** Names and values that begin with `prefix` lie from it up to this: no character they may have reaches `~`. */
export const endOfPrefix = (prefix: string): string => `${prefix}~`

export async function hasThingsOfType(db: Db, accountId: string, thingTypeName: string): Promise<boolean> {
  const row = await db
    .selectFrom('things')
    .select('thing_name')
    .where('account_id', '=', accountId)
    .where('thing_type_name', '=', thingTypeName)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
