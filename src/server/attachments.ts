import { allThingsOfPrincipal, countPrincipalThings, detachThingPrincipal } from '../registry/things/index.ts'
import { countAttachedPolicies, detachAllPolicies } from '../rights/iot-policies/index.ts'
import type { Db } from '../store/index.ts'

/** How many policies and things are attached to a certificate. */
export async function countAttachments(db: Db, accountId: string, certificateArn: string) {
  return {
    policies: await countAttachedPolicies(db, accountId, certificateArn),
    things: await countPrincipalThings(db, accountId, certificateArn),
  }
}

/** Takes policies and things away from a certificate that is about to be deleted. */
export async function detachAll(db: Db, accountId: string, certificateArn: string): Promise<void> {
  await detachAllPolicies(db, accountId, certificateArn)
  for (const { thingName } of await allThingsOfPrincipal(db, accountId, certificateArn))
    await detachThingPrincipal(db, { accountId, thingName, principal: certificateArn })
}
