import { sql } from 'kysely'
import { iotError } from '../../api/aws/errors.ts'
import type { PageRequest } from '../../api/aws/page.ts'
import { bindAll, prepareQuery, type Bind, type Db, type Tables } from '../../store/index.ts'
import {
  decideAttachment,
  type PrincipalThing,
  type ThingPrincipal,
  type ThingPrincipalType,
} from './thing-principal.ts'

export interface Attachment {
  accountId: string
  thingName: string
  /** ARN of a certificate, or a Cognito identity. The caller knows that it exists. */
  principal: string
  /** `NON_EXCLUSIVE_THING` when absent; an attachment that is there is then left as it is. */
  thingPrincipalType?: ThingPrincipalType | undefined
}

interface AttachmentKey {
  accountId: string
  thingName: string
  principal: string
}

const selectThingWithAttachments = prepareQuery((db, value: Bind<AttachmentKey>) =>
  db
    .selectFrom('things as thing')
    .leftJoin('thing_principals as attached', (join) =>
      join
        .onRef('attached.account_id', '=', 'thing.account_id')
        .on('attached.principal', '=', value('principal')),
    )
    .select(['attached.thing_name', 'attached.thing_principal_type'])
    .where('thing.account_id', '=', value('accountId'))
    .where('thing.thing_name', '=', value('thingName'))
    // an exclusive attachment is the only one, so any two rows say that there is none; a literal, as SQLite plans
    // a join anew for each limit that is bound
    .limit(sql.lit(2)),
)

/** In one go where the thing is there and the principal has none yet; else it says no more than that it is not so. */
const insertFirst = prepareQuery((db, value: Bind<AttachmentKey & Required<Attachment>>) =>
  db
    .insertInto('thing_principals')
    .columns(['account_id', 'principal', 'thing_name', 'thing_principal_type'])
    .expression(
      db
        .selectFrom('things as thing')
        .select([
          'thing.account_id',
          sql<string>`${value('principal')}`.as('principal'),
          'thing.thing_name',
          sql<ThingPrincipalType>`${value('thingPrincipalType')}`.as('thing_principal_type'),
        ])
        .where('thing.account_id', '=', value('accountId'))
        .where('thing.thing_name', '=', value('thingName'))
        .where((where) =>
          where.not(
            where.exists(
              db
                .selectFrom('thing_principals as attached')
                .select('attached.thing_name')
                .where('attached.account_id', '=', value('accountId'))
                .where('attached.principal', '=', value('principal')),
            ),
          ),
        ),
    )
    .onConflict((conflict) => conflict.doNothing()),
)

const insertAttachment = prepareQuery((db, value: Bind<Tables['thing_principals']>) =>
  db
    .insertInto('thing_principals')
    .values(bindAll(value, ['account_id', 'principal', 'thing_name', 'thing_principal_type']))
    .onConflict((conflict) => conflict.doNothing()),
)

/**
 * Attaching twice is success.
 * @throws {AwsError} `ResourceNotFoundException` for the thing; `InvalidRequestException` when an exclusive
 * attachment would not stay the principal's only one
 */
export async function attachThingPrincipal(db: Db, attachment: Attachment): Promise<void> {
  const { accountId, thingName, principal, thingPrincipalType } = attachment
  const written = thingPrincipalType ?? 'NON_EXCLUSIVE_THING'
  const first = await insertFirst(db, { accountId, thingName, principal, thingPrincipalType: written })
  if (first.numAffectedRows === 1n) return
  const { rows } = await selectThingWithAttachments(db, { accountId, thingName, principal })
  if (rows.length === 0) throw iotError('ResourceNotFoundException', `no thing named ${thingName}`)
  const attached = rows.flatMap(({ thing_name, thing_principal_type }) =>
    thing_name !== null && thing_principal_type !== null
      ? [{ thingName: thing_name, thingPrincipalType: thing_principal_type }]
      : [],
  )
  if (!decideAttachment(thingName, thingPrincipalType, attached)) return
  await insertAttachment(db, {
    account_id: accountId,
    principal,
    thing_name: thingName,
    thing_principal_type: written,
  })
}

/** @throws {AwsError} `ResourceNotFoundException` when the principal is not attached to the thing */
export async function detachThingPrincipal(
  db: Db,
  { accountId, thingName, principal }: Pick<Attachment, 'accountId' | 'thingName' | 'principal'>,
): Promise<void> {
  const { numDeletedRows } = await db
    .deleteFrom('thing_principals')
    .where('account_id', '=', accountId)
    .where('principal', '=', principal)
    .where('thing_name', '=', thingName)
    .executeTakeFirst()
  if (numDeletedRows === 0n)
    throw iotError(
      'ResourceNotFoundException',
      `the principal ${principal} is not attached to a thing named ${thingName}`,
    )
}

interface Listing {
  page?: PageRequest
  thingPrincipalType?: ThingPrincipalType | undefined
}

const selectPrincipalThings = prepareQuery((db, value: Bind<{ accountId: string; principal: string }>) =>
  db
    .selectFrom('thing_principals')
    .select(['thing_name as thingName', 'thing_principal_type as thingPrincipalType'])
    .where('account_id', '=', value('accountId'))
    .where('principal', '=', value('principal'))
    .orderBy('thing_name'),
)

/** All the things of a principal, by name. */
export async function allThingsOfPrincipal(
  db: Db,
  accountId: string,
  principal: string,
): Promise<PrincipalThing[]> {
  return (await selectPrincipalThings(db, { accountId, principal })).rows
}

/** The things of a principal, by name: all, or a page and one more when there are more. */
export async function listPrincipalThings(
  db: Db,
  accountId: string,
  principal: string,
  { page, thingPrincipalType }: Listing = {},
): Promise<PrincipalThing[]> {
  let query = db
    .selectFrom('thing_principals')
    .select(['thing_name', 'thing_principal_type'])
    .where('account_id', '=', accountId)
    .where('principal', '=', principal)
    .orderBy('thing_name')
  if (thingPrincipalType) query = query.where('thing_principal_type', '=', thingPrincipalType)
  if (page) query = query.limit(page.limit + 1)
  if (page?.after !== undefined) query = query.where('thing_name', '>', page.after)
  const rows = await query.execute()
  return rows.map((row) => ({ thingName: row.thing_name, thingPrincipalType: row.thing_principal_type }))
}

/** The principals of a thing, by ARN: all, or a page and one more when there are more. */
export async function listThingPrincipals(
  db: Db,
  accountId: string,
  thingName: string,
  { page, thingPrincipalType }: Listing = {},
): Promise<ThingPrincipal[]> {
  let query = db
    .selectFrom('thing_principals')
    .select(['principal', 'thing_principal_type'])
    .where('account_id', '=', accountId)
    .where('thing_name', '=', thingName)
    .orderBy('principal')
  if (thingPrincipalType) query = query.where('thing_principal_type', '=', thingPrincipalType)
  if (page) query = query.limit(page.limit + 1)
  if (page?.after !== undefined) query = query.where('principal', '>', page.after)
  const rows = await query.execute()
  return rows.map((row) => ({ principal: row.principal, thingPrincipalType: row.thing_principal_type }))
}

export async function countPrincipalThings(db: Db, accountId: string, principal: string): Promise<number> {
  const { count } = await db
    .selectFrom('thing_principals')
    .select((is) => is.fn.countAll().as('count'))
    .where('account_id', '=', accountId)
    .where('principal', '=', principal)
    .executeTakeFirstOrThrow()
  return Number(count)
}
