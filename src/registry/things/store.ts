import { randomUUID } from 'node:crypto'
import { iotError } from '../../api/aws/errors.ts'
import {
  bindAll,
  isForeignKeyViolation,
  prepareQuery,
  type Bind,
  type Db,
  type Tables,
} from '../../store/index.ts'
import { checkUsable, getThingType } from '../thing-types/index.ts'
import { applyAttributes, type Attributes } from './attributes.ts'
import { deleteAttributes, insertAttributes } from './search-store.ts'
import { noteThing, noteThingTypeAssociation } from './thing-events.ts'
import { fromRow, toRow } from './thing-row.ts'
import {
  checkThingAttributes,
  checkThingName,
  checkVersion,
  isSameConfiguration,
  thingArn,
  type Thing,
} from './thing.ts'

export interface NewThing {
  accountId: string
  thingName: string
  thingTypeName?: string | undefined
  billingGroupName?: string | undefined
  attributes: Attributes
  now: Date
  /** Puts the thing's ARN into the error when the name is taken. */
  region?: string
}

/**
 * Creates the thing, or finds it as it was created before. Checks names and attributes itself, so they may come
 * from a certificate.
 * @throws {AwsError} `InvalidRequestException`; `ResourceNotFoundException` for the thing type or billing group;
 * `ResourceAlreadyExistsException` when the name is taken by a thing that is configured differently
 */
export async function createThing(db: Db, wanted: NewThing): Promise<Thing> {
  const { accountId, thingName, thingTypeName, billingGroupName } = wanted
  const attributes = applyAttributes({}, wanted.attributes)
  checkThingName(thingName)
  checkThingAttributes(attributes, thingTypeName)
  if (thingTypeName !== undefined) checkUsable(await getThingType(db, accountId, thingTypeName))
  const thing: Thing = {
    accountId,
    thingName,
    thingId: randomUUID(),
    thingTypeName,
    billingGroupName,
    attributes,
    version: 1,
    creationDate: wanted.now,
  }
  if (!(await insertThing(db, thing))) return existingThing(db, thing, wanted.region)
  await insertAttributes(db, thing, attributes)
  const noted = noteThing(db, thing, 'CREATED')
  if (noted) await noted
  if (thingTypeName !== undefined) await noteThingTypeAssociation(db, thing)
  return thing
}

const insertUnlessThere = prepareQuery((db, value: Bind<Tables['things']>) =>
  db
    .insertInto('things')
    .values(
      bindAll(value, [
        'account_id',
        'thing_name',
        'thing_id',
        'thing_type_name',
        'billing_group_name',
        'attributes',
        'version',
        'creation_date',
      ]),
    )
    .onConflict((conflict) => conflict.doNothing()),
)

async function insertThing(db: Db, thing: Thing): Promise<boolean> {
  try {
    return (await insertUnlessThere(db, toRow(thing))).numAffectedRows === 1n
  } catch (cause) {
    if (!isForeignKeyViolation(cause)) throw cause
    throw iotError('ResourceNotFoundException', `no billing group named ${thing.billingGroupName}`)
  }
}

async function existingThing(db: Db, wanted: Thing, region: string | undefined): Promise<Thing> {
  const { accountId, thingName } = wanted
  const thing = await getThing(db, accountId, thingName)
  if (isSameConfiguration(thing, wanted)) return thing
  throw iotError(
    'ResourceAlreadyExistsException',
    `thing ${thingName} already exists with different attributes, thing type, or billing group`,
    {
      resourceId: thing.thingId,
      ...(region !== undefined && { resourceArn: thingArn({ accountId, region }, thingName) }),
    },
  )
}

const selectThing = prepareQuery((db, value: Bind<{ accountId: string; thingName: string }>) =>
  db
    .selectFrom('things')
    .selectAll()
    .where('account_id', '=', value('accountId'))
    .where('thing_name', '=', value('thingName')),
)

export async function findThing(db: Db, accountId: string, thingName: string): Promise<Thing | undefined> {
  const [row] = (await selectThing(db, { accountId, thingName })).rows
  return row && fromRow(row)
}

/** @throws {AwsError} `ResourceNotFoundException` */
export async function getThing(db: Db, accountId: string, thingName: string): Promise<Thing> {
  const thing = await findThing(db, accountId, thingName)
  if (!thing) throw iotError('ResourceNotFoundException', `no thing named ${thingName}`)
  return thing
}

export interface ThingUpdate {
  accountId: string
  thingName: string
  thingTypeName?: string | undefined
  removeThingType?: boolean | undefined
  /** Replaces all attributes, or with `merge` only those named; an empty value removes its attribute. */
  attributes?: Attributes | undefined
  merge?: boolean | undefined
  expectedVersion?: number | undefined
}

/**
 * What is left out stays as it is; the version grows by one.
 * @throws {AwsError} `InvalidRequestException`; `ResourceNotFoundException` for the thing or its type;
 * `VersionConflictException`
 */
export async function updateThing(db: Db, update: ThingUpdate): Promise<Thing> {
  const { accountId, thingName } = update
  const thing = await getThing(db, accountId, thingName)
  checkVersion(`thing ${thingName}`, thing.version, update.expectedVersion)
  const thingTypeName = await decideThingType(db, thing, update)
  const attributes = update.attributes
    ? applyAttributes(thing.attributes, update.attributes, update.merge)
    : thing.attributes
  checkThingAttributes(attributes, thingTypeName)
  const changed: Thing = { ...thing, thingTypeName, attributes, version: thing.version + 1 }
  const { thing_type_name, attributes: text, version } = toRow(changed)
  await db
    .updateTable('things')
    .set({ thing_type_name, attributes: text, version })
    .where('account_id', '=', accountId)
    .where('thing_name', '=', thingName)
    .execute()
  if (update.attributes || thingTypeName !== thing.thingTypeName) {
    await deleteAttributes(db, thing, thing.attributes)
    await insertAttributes(db, changed, attributes)
  }
  await noteThing(db, changed, 'UPDATED')
  await noteThingTypeAssociation(db, changed, thing.thingTypeName)
  return changed
}

async function decideThingType(db: Db, thing: Thing, update: ThingUpdate): Promise<string | undefined> {
  const { thingTypeName, removeThingType } = update
  if (removeThingType) {
    if (thingTypeName !== undefined)
      throw iotError('InvalidRequestException', 'thingTypeName and removeThingType exclude each other')
    return undefined
  }
  if (thingTypeName === undefined || thingTypeName === thing.thingTypeName) return thing.thingTypeName
  checkUsable(await getThingType(db, thing.accountId, thingTypeName))
  return thingTypeName
}

/**
 * Deletes the thing and takes it out of its groups.
 * @throws {AwsError} `InvalidRequestException` while a principal is attached; `VersionConflictException`
 */
export async function deleteThing(
  db: Db,
  accountId: string,
  thingName: string,
  expectedVersion?: number,
): Promise<void> {
  const thing = await findThing(db, accountId, thingName)
  if (!thing) return
  checkVersion(`thing ${thingName}`, thing.version, expectedVersion)
  const attached = await db
    .selectFrom('thing_principals')
    .select('principal')
    .where('account_id', '=', accountId)
    .where('thing_name', '=', thingName)
    .limit(1)
    .executeTakeFirst()
  if (attached)
    throw iotError(
      'InvalidRequestException',
      `Cannot delete. Thing ${thingName} is still attached to one or more principals`,
    )
  await deleteAttributes(db, thing, thing.attributes)
  await db
    .deleteFrom('things')
    .where('account_id', '=', accountId)
    .where('thing_name', '=', thingName)
    .execute()
  await noteThing(db, thing, 'DELETED')
}
