import { randomUUID } from 'node:crypto'
import { iotError } from '../../api/aws/errors.ts'
import { keysFrom, type PageRequest } from '../../api/aws/page.ts'
import type { Db, Tables } from '../../store/index.ts'
import { checkVersion, emptyBillingGroup, endOfPrefix } from '../things/index.ts'
import { groupArn, type BillingGroup } from './billing-group.ts'

export interface NewBillingGroup {
  accountId: string
  region: string
  billingGroupName: string
  description: string
  now: Date
}

/**
 * Creates the group, or finds it as it was created before; `created` tells which.
 * @throws {AwsError} `ResourceAlreadyExistsException` when the name is taken with another description
 */
export async function createBillingGroup(
  db: Db,
  wanted: NewBillingGroup,
): Promise<{ group: BillingGroup; created: boolean }> {
  const { accountId, billingGroupName, description } = wanted
  const existing = await findBillingGroup(db, accountId, billingGroupName)
  if (existing?.description === description) return { group: existing, created: false }
  if (existing)
    throw iotError(
      'ResourceAlreadyExistsException',
      `billing group ${billingGroupName} already exists with a different description`,
      { resourceId: existing.billingGroupId, resourceArn: groupArn(wanted, billingGroupName) },
    )
  const group: BillingGroup = {
    accountId,
    billingGroupName,
    billingGroupId: randomUUID(),
    description,
    version: 1,
    creationDate: wanted.now,
  }
  await db.insertInto('billing_groups').values(toRow(group)).execute()
  return { group, created: true }
}

export async function findBillingGroup(
  db: Db,
  accountId: string,
  billingGroupName: string,
): Promise<BillingGroup | undefined> {
  const row = await db
    .selectFrom('billing_groups')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('billing_group_name', '=', billingGroupName)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** @throws {AwsError} `ResourceNotFoundException` */
export async function getBillingGroup(
  db: Db,
  accountId: string,
  billingGroupName: string,
): Promise<BillingGroup> {
  const group = await findBillingGroup(db, accountId, billingGroupName)
  if (!group) throw iotError('ResourceNotFoundException', `no billing group named ${billingGroupName}`)
  return group
}

export interface BillingGroupUpdate {
  accountId: string
  billingGroupName: string
  /** Stays as it is when absent. */
  description?: string | undefined
  expectedVersion?: number | undefined
}

/** @throws {AwsError} `ResourceNotFoundException`, `VersionConflictException` */
export async function updateBillingGroup(db: Db, update: BillingGroupUpdate): Promise<BillingGroup> {
  const { accountId, billingGroupName, expectedVersion } = update
  const group = await getBillingGroup(db, accountId, billingGroupName)
  checkVersion(`billing group ${billingGroupName}`, group.version, expectedVersion)
  const description = update.description ?? group.description
  const version = group.version + 1
  await db
    .updateTable('billing_groups')
    .set({ description, version })
    .where('account_id', '=', accountId)
    .where('billing_group_name', '=', billingGroupName)
    .execute()
  return { ...group, description, version }
}

/**
 * Deletes the group; its things stay, without it. False when there was none.
 * @throws {AwsError} `VersionConflictException`
 */
export async function deleteBillingGroup(
  db: Db,
  accountId: string,
  billingGroupName: string,
  expectedVersion?: number,
): Promise<boolean> {
  const group = await findBillingGroup(db, accountId, billingGroupName)
  if (!group) return false
  checkVersion(`billing group ${billingGroupName}`, group.version, expectedVersion)
  await emptyBillingGroup(db, accountId, billingGroupName)
  await db
    .deleteFrom('billing_groups')
    .where('account_id', '=', accountId)
    .where('billing_group_name', '=', billingGroupName)
    .execute()
  return true
}

/** By name; one more than the page's limit when there are more. */
export async function listBillingGroups(
  db: Db,
  accountId: string,
  namePrefixFilter: string | undefined,
  page: PageRequest,
): Promise<BillingGroup[]> {
  let query = db
    .selectFrom('billing_groups')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('billing_group_name', ...keysFrom(page.after, namePrefixFilter))
  if (namePrefixFilter) query = query.where('billing_group_name', '<', endOfPrefix(namePrefixFilter))
  const rows = await query
    .orderBy('billing_group_name')
    .limit(page.limit + 1)
    .execute()
  return rows.map(fromRow)
}

function toRow(group: BillingGroup): Tables['billing_groups'] {
  return {
    account_id: group.accountId,
    billing_group_name: group.billingGroupName,
    billing_group_id: group.billingGroupId,
    description: group.description,
    version: group.version,
    creation_date: group.creationDate.getTime(),
  }
}

function fromRow(row: Tables['billing_groups']): BillingGroup {
  return {
    accountId: row.account_id,
    billingGroupName: row.billing_group_name,
    billingGroupId: row.billing_group_id,
    description: row.description,
    version: row.version,
    creationDate: new Date(row.creation_date),
  }
}
