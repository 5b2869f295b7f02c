/** Pages of policies and of what they are attached to. */
import { iotError } from '../../api/aws/errors.ts'
import { decodeMarker, encodeMarker } from '../../api/aws/page-marker.ts'
import type { Db } from '../../store/index.ts'

/** The members that AWS's list operations share. */
export interface PageInput {
  pageSize?: number | undefined
  marker?: string | undefined
  ascendingOrder?: boolean | undefined
}

export interface Page<Entry> {
  entries: Entry[]
  nextMarker?: string
}

/** The most that a page may have: a caller that asks for no size gets all it can. */
const defaultPageSize = 250 // assumed

/** Where a page begins: after the entry of that time and name. */
interface Position {
  time: number
  name: string
}

/** Names, the newest first unless asked otherwise. */
export async function listPolicies(db: Db, accountId: string, input: PageInput): Promise<Page<string>> {
  const { direction, beyond, size, after } = readInput(input)
  let query = db
    .selectFrom('iot_policies')
    .select(['policy_name as name', 'created_at as time'])
    .where('account_id', '=', accountId)
  if (after)
    query = query.where((is) =>
      is(is.refTuple('created_at', 'policy_name'), beyond, is.tuple(after.time, after.name)),
    )
  const rows = await query
    .orderBy('created_at', direction)
    .orderBy('policy_name', direction)
    .limit(size + 1)
    .execute()
  return toPage(rows, size)
}

/** Names of the policies on the targets, the newest first unless asked otherwise. */
export async function listAttached(
  db: Db,
  accountId: string,
  { targets, ...input }: PageInput & { targets: readonly string[] },
): Promise<Page<string>> {
  const { direction, beyond, size, after } = readInput(input)
  let query = db
    .selectFrom('iot_policies as policy')
    .innerJoin('iot_policy_attachments as attachment', (join) =>
      join
        .onRef('attachment.account_id', '=', 'policy.account_id')
        .onRef('attachment.policy_name', '=', 'policy.policy_name'),
    )
    .select(['policy.policy_name as name', 'policy.created_at as time'])
    .distinct()
    .where('attachment.account_id', '=', accountId)
    .where('attachment.target', 'in', targets)
  if (after)
    query = query.where((is) =>
      is(is.refTuple('policy.created_at', 'policy.policy_name'), beyond, is.tuple(after.time, after.name)),
    )
  const rows = await query
    .orderBy('policy.created_at', direction)
    .orderBy('policy.policy_name', direction)
    .limit(size + 1)
    .execute()
  return toPage(rows, size)
}

/** ARNs of what the policy is attached to, of certificates alone when asked; by ARN, descending unless asked otherwise. */
export async function listTargets(
  db: Db,
  accountId: string,
  { policyName, onlyPrincipals, ...input }: PageInput & { policyName: string; onlyPrincipals: boolean },
): Promise<Page<string>> {
  const { direction, beyond, size, after } = readInput(input)
  let query = db
    .selectFrom('iot_policy_attachments')
    .select('target')
    .where('account_id', '=', accountId)
    .where('policy_name', '=', policyName)
  if (onlyPrincipals) query = query.where('target', 'like', '%:cert/%')
  if (after) query = query.where('target', beyond, after.name)
  const rows = await query
    .orderBy('target', direction)
    .limit(size + 1)
    .execute()
  return toPage(
    rows.map(({ target }) => ({ name: target, time: 0 })),
    size,
  )
}

function readInput({ pageSize = defaultPageSize, marker, ascendingOrder }: PageInput) {
  return {
    direction: ascendingOrder ? ('asc' as const) : ('desc' as const),
    beyond: ascendingOrder ? ('>' as const) : ('<' as const),
    size: pageSize,
    after: parseMarker(marker),
  }
}

function parseMarker(marker: string | undefined): Position | undefined {
  const key = decodeMarker(marker)
  if (key === undefined) return undefined
  const [, time, name] = /^(\d{1,15}) (.+)$/s.exec(key) ?? []
  if (time === undefined || name === undefined)
    throw iotError('InvalidRequestException', 'the marker is not one that a list of policies gave out')
  return { time: Number(time), name }
}

function toPage(rows: readonly Position[], size: number): Page<string> {
  const shown = rows.slice(0, size)
  const last = shown.at(-1)
  return {
    entries: shown.map(({ name }) => name),
    ...(rows.length > size && last && { nextMarker: encodeMarker(`${last.time} ${last.name}`) }),
  }
}
