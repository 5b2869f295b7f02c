import { countPrincipalThings } from '../registry/things/index.ts'
import { countAttachedPolicies } from '../rights/iot-policies/index.ts'
import type { Db } from '../store/index.ts'

/** How many policies and things are attached to a certificate. */
export async function countAttachments(db: Db, accountId: string, certificateArn: string) {
  return {
    policies: await countAttachedPolicies(db, accountId, certificateArn),
    things: await countPrincipalThings(db, accountId, certificateArn),
  }
}
