/** What hangs on a certificate: its things and its policies. */
import {
  allThingsOfPrincipal,
  attachThingPrincipal,
  detachThingPrincipal,
} from '../../registry/things/index.ts'
import { attachedPolicyNames, attachPolicy, detachAllPolicies } from '../../rights/iot-policies/index.ts'
import type { Db } from '../../store/index.ts'

/** Gives one certificate what another has, by their ARNs. Resolves with the things. */
export async function shareAttachments(
  db: Db,
  accountId: string,
  { from, to }: { from: string; to: string },
): Promise<string[]> {
  const things = await allThingsOfPrincipal(db, accountId, from)
  for (const { thingName, thingPrincipalType } of things)
    await attachThingPrincipal(db, { accountId, thingName, thingPrincipalType, principal: to })
  for (const policyName of await attachedPolicyNames(db, accountId, from))
    await attachPolicy(db, { accountId, policyName, target: to })
  return things.map(({ thingName }) => thingName)
}

/** Takes policies and things away from a certificate. */
export async function detachAll(db: Db, accountId: string, certificateArn: string): Promise<void> {
  await detachAllPolicies(db, accountId, certificateArn)
  for (const { thingName } of await allThingsOfPrincipal(db, accountId, certificateArn))
    await detachThingPrincipal(db, { accountId, thingName, principal: certificateArn })
}
