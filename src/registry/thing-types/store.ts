import { randomUUID } from 'node:crypto'
import type { ThingTypeProperties } from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import type { PageRequest } from '../../api/aws/page.ts'
import type { Db, Tables } from '../../store/index.ts'
import {
  checkProperties,
  isSameProperties,
  normalizeProperties,
  typeArn,
  type Enrichment,
  type ThingType,
} from './thing-type.ts'
import { noteThingType } from './type-events.ts'

export interface NewThingType {
  accountId: string
  region: string
  thingTypeName: string
  properties: ThingTypeProperties
  now: Date
}

/**
 * Creates the type, or finds it as it was created before; `created` tells which.
 * @throws {AwsError} `ResourceAlreadyExistsException` when the name is taken with other properties
 */
export async function createThingType(
  db: Db,
  { accountId, region, thingTypeName, properties, now }: NewThingType,
): Promise<{ type: ThingType; created: boolean }> {
  checkProperties(properties)
  const wanted = normalizeProperties(properties)
  const existing = await findThingType(db, accountId, thingTypeName)
  if (existing) {
    if (isSameProperties(existing.properties, wanted)) return { type: existing, created: false }
    throw iotError(
      'ResourceAlreadyExistsException',
      `thing type ${thingTypeName} already exists with different properties`,
      {
        resourceId: existing.thingTypeId,
        resourceArn: typeArn({ region, accountId }, thingTypeName),
      },
    )
  }
  const type = { accountId, thingTypeName, thingTypeId: randomUUID(), properties: wanted, creationDate: now }
  await db.insertInto('thing_types').values(toRow(type)).execute()
  await noteThingType(db, type, 'CREATED')
  return { type, created: true }
}

export async function findThingType(
  db: Db,
  accountId: string,
  thingTypeName: string,
): Promise<ThingType | undefined> {
  const row = await db
    .selectFrom('thing_types')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('thing_type_name', '=', thingTypeName)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** Of all types that enrich messages, or of one of them. There are few types. */
export async function listEnrichments(
  db: Db,
  only?: { accountId: string; thingTypeName: string },
): Promise<{ accountId: string; thingTypeName: string; enrichments: Enrichment[] }[]> {
  let query = db.selectFrom('thing_types').selectAll()
  if (only)
    query = query.where('account_id', '=', only.accountId).where('thing_type_name', '=', only.thingTypeName)
  const rows = await query.execute()
  return rows.map(fromRow).flatMap(({ accountId, thingTypeName, properties }) => {
    const attributes = properties.mqtt5Configuration?.propagatingAttributes ?? []
    const enrichments = attributes.flatMap(({ userPropertyKey, ...from }) =>
      userPropertyKey === undefined ? [] : [{ userPropertyKey, ...from }],
    )
    return enrichments.length > 0 ? [{ accountId, thingTypeName, enrichments }] : []
  })
}

/** @throws {AwsError} `ResourceNotFoundException` */
export async function getThingType(db: Db, accountId: string, thingTypeName: string): Promise<ThingType> {
  const type = await findThingType(db, accountId, thingTypeName)
  if (!type) throw iotError('ResourceNotFoundException', `no thing type named ${thingTypeName}`)
  return type
}

/** Writes a changed type back. */
export async function saveThingType(db: Db, type: ThingType): Promise<void> {
  const { properties, deprecation_date } = toRow(type)
  await db
    .updateTable('thing_types')
    .set({ properties, deprecation_date })
    .where('account_id', '=', type.accountId)
    .where('thing_type_name', '=', type.thingTypeName)
    .execute()
  await noteThingType(db, type, 'UPDATED')
}

export async function deleteThingType(db: Db, type: ThingType): Promise<void> {
  const { accountId, thingTypeName } = type
  await db
    .deleteFrom('thing_types')
    .where('account_id', '=', accountId)
    .where('thing_type_name', '=', thingTypeName)
    .execute()
  await noteThingType(db, type, 'DELETED')
}

/** By name; one more than the page's limit when there are more. */
export async function listThingTypes(db: Db, accountId: string, page: PageRequest): Promise<ThingType[]> {
  let query = db.selectFrom('thing_types').selectAll().where('account_id', '=', accountId)
  if (page.after !== undefined) query = query.where('thing_type_name', '>', page.after)
  const rows = await query
    .orderBy('thing_type_name')
    .limit(page.limit + 1)
    .execute()
  return rows.map(fromRow)
}

function toRow(type: ThingType): Tables['thing_types'] {
  return {
    account_id: type.accountId,
    thing_type_name: type.thingTypeName,
    thing_type_id: type.thingTypeId,
    properties: JSON.stringify(type.properties),
    creation_date: type.creationDate.getTime(),
    deprecation_date: type.deprecationDate?.getTime() ?? null,
  }
}

function fromRow(row: Tables['thing_types']): ThingType {
  return {
    accountId: row.account_id,
    thingTypeName: row.thing_type_name,
    thingTypeId: row.thing_type_id,
    properties: JSON.parse(row.properties) as ThingTypeProperties,
    creationDate: new Date(row.creation_date),
    deprecationDate: row.deprecation_date === null ? undefined : new Date(row.deprecation_date),
  }
}
