/** The one billing group a thing may be in is a column of the thing; billing-groups/ reads and writes it through here. */
import type { PageRequest } from '../../api/aws/page.ts'
import type { Db } from '../../store/index.ts'

export async function setBillingGroup(
  db: Db,
  accountId: string,
  thingName: string,
  billingGroupName: string | undefined,
): Promise<void> {
  await db
    .updateTable('things')
    .set({ billing_group_name: billingGroupName ?? null }) // assumed: leaves the version as it is
    .where('account_id', '=', accountId)
    .where('thing_name', '=', thingName)
    .execute()
}

/** Takes every thing out of the group. */
export async function emptyBillingGroup(db: Db, accountId: string, billingGroupName: string): Promise<void> {
  await db
    .updateTable('things')
    .set({ billing_group_name: null })
    .where('account_id', '=', accountId)
    .where('billing_group_name', '=', billingGroupName)
    .execute()
}

/** Names in order; one more than the page's limit when there are more. */
export async function listThingsInBillingGroup(
  db: Db,
  accountId: string,
  billingGroupName: string,
  page: PageRequest,
): Promise<string[]> {
  let query = db
    .selectFrom('things')
    .select('thing_name')
    .where('account_id', '=', accountId)
    .where('billing_group_name', '=', billingGroupName)
  if (page.after !== undefined) query = query.where('thing_name', '>', page.after)
  const rows = await query
    .orderBy('thing_name')
    .limit(page.limit + 1)
    .execute()
  return rows.map((row) => row.thing_name)
}
