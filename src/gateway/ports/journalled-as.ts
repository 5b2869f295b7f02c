import type { JournalEntry } from '../../observability/journal/index.ts'
import type { Peer } from './mqtt/client.ts'
import type { RefusalDetails } from './refuse.ts'

/** How the journal names who is at the other end. What a person did as a device does not count as the device's doing. */
export function journalledAs(
  {
    certificateId,
    identity,
    guest,
    customAuth,
  }: Pick<Peer, 'certificateId' | 'identity' | 'guest' | 'customAuth'>,
  details: RefusalDetails | undefined,
): Pick<JournalEntry, 'certificateId' | 'details'> {
  if (guest) {
    const { arn, actsAs } = guest
    return { details: { ...details, identity: arn, ...(actsAs && { actsAs: actsAs.certificateId }) } }
  }
  if (customAuth) {
    const { authorizerName: authorizer, principalId } = customAuth
    return {
      ...(certificateId !== undefined && { certificateId }),
      details: { ...details, authorizer, principalId },
    }
  }
  return {
    ...(certificateId !== undefined && { certificateId }),
    ...(identity ? { details: { ...details, identity: identity.arn } } : details && { details }),
  }
}
