import { iotError } from '../api/aws/errors.ts'
import type { PageRequest } from '../api/aws/page.ts'
import type { Db, Tables } from '../store/index.ts'
import type { Destination } from './destination.ts'

/** @throws {AwsError} `ResourceAlreadyExistsException` when the account has one for the URL */
export async function createDestination(db: Db, destination: Destination, tokenHash: string): Promise<void> {
  const existing = await destinationsWithUrl(
    db,
    destination.accountId,
    destination.confirmationUrl,
  ).executeTakeFirst()
  if (existing)
    throw iotError(
      'ResourceAlreadyExistsException',
      `there is a topic rule destination for ${destination.confirmationUrl} already`,
      { resourceId: existing.destination_id },
    )
  await db
    .insertInto('topic_rule_destinations')
    .values({ ...toRow(destination), token_hash: tokenHash })
    .execute()
}

/** @throws {AwsError} `UnauthorizedException`. assumed: as for a rule that is not there */
export async function getDestination(db: Db, accountId: string, destinationId: string): Promise<Destination> {
  const row = await db
    .selectFrom('topic_rule_destinations')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('destination_id', '=', destinationId)
    .executeTakeFirst()
  if (!row) throw iotError('UnauthorizedException', `there is no topic rule destination ${destinationId}`)
  return fromRow(row)
}

export async function findDestinationByToken(db: Db, tokenHash: string): Promise<Destination | undefined> {
  const row = await db
    .selectFrom('topic_rule_destinations')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .executeTakeFirst()
  return row && fromRow(row)
}

export async function isDestinationEnabled(
  db: Db,
  accountId: string,
  confirmationUrl: string,
): Promise<boolean> {
  const row = await destinationsWithUrl(db, accountId, confirmationUrl).executeTakeFirst()
  return row?.status === 'ENABLED'
}

/** `tokenHash` null takes the token away; it stays when absent. */
export async function saveDestination(
  db: Db,
  destination: Destination,
  tokenHash?: string | null,
): Promise<void> {
  const { account_id, destination_id, ...changed } = toRow(destination)
  await db
    .updateTable('topic_rule_destinations')
    .set({ ...changed, ...(tokenHash !== undefined && { token_hash: tokenHash }) })
    .where('account_id', '=', account_id)
    .where('destination_id', '=', destination_id)
    .execute()
}

/** What became of a confirmation message; nothing when the destination has moved on since. */
export async function setStatusReason(db: Db, tokenHash: string, statusReason: string): Promise<void> {
  await db
    .updateTable('topic_rule_destinations')
    .set({ status_reason: statusReason })
    .where('token_hash', '=', tokenHash)
    .execute()
}

export async function deleteDestination(db: Db, accountId: string, destinationId: string): Promise<void> {
  await db
    .deleteFrom('topic_rule_destinations')
    .where('account_id', '=', accountId)
    .where('destination_id', '=', destinationId)
    .execute()
}

/** By id; one more than the page's limit when there are more. */
export async function listDestinations(db: Db, accountId: string, page: PageRequest): Promise<Destination[]> {
  let query = db.selectFrom('topic_rule_destinations').selectAll().where('account_id', '=', accountId)
  if (page.after !== undefined) query = query.where('destination_id', '>', page.after)
  const rows = await query
    .orderBy('destination_id')
    .limit(page.limit + 1)
    .execute()
  return rows.map(fromRow)
}

function destinationsWithUrl(db: Db, accountId: string, confirmationUrl: string) {
  return db
    .selectFrom('topic_rule_destinations')
    .select(['destination_id', 'status'])
    .where('account_id', '=', accountId)
    .where('confirmation_url', '=', confirmationUrl)
}

function toRow(destination: Destination): Omit<Tables['topic_rule_destinations'], 'token_hash'> {
  return {
    account_id: destination.accountId,
    destination_id: destination.destinationId,
    confirmation_url: destination.confirmationUrl,
    status: destination.status,
    status_reason: destination.statusReason ?? null,
    created_at: destination.createdAt.getTime(),
    updated_at: destination.lastUpdatedAt.getTime(),
  }
}

function fromRow(row: Tables['topic_rule_destinations']): Destination {
  return {
    accountId: row.account_id,
    destinationId: row.destination_id,
    confirmationUrl: row.confirmation_url,
    status: row.status,
    ...(row.status_reason !== null && { statusReason: row.status_reason }),
    createdAt: new Date(row.created_at),
    lastUpdatedAt: new Date(row.updated_at),
  }
}
