import type { JournalCode, JournalEntry } from '../../observability/journal/index.ts'
import type { DeviceCertificate } from '../../pki/certificates/index.ts'

/** Who asks, over which connection. */
export interface Requester {
  accountId: string
  /** Absent when it does not ask over MQTT. */
  clientId?: string | undefined
  /** Absent for a client that is an IAM identity. */
  claim?: DeviceCertificate
  sourceIp?: string | undefined
  /** What it connected with: the id of a certificate, or of an IAM identity. */
  principal?: string | undefined
}

/** An entry about the certificate that is named, else about the claim. */
export function entryOf(
  { accountId, clientId, claim, sourceIp }: Requester,
  {
    code,
    at,
    ...more
  }: Pick<JournalEntry, 'at' | 'certificateId' | 'thingName' | 'details'> & { code: JournalCode },
): JournalEntry {
  const certificateId = more.certificateId ?? claim?.certificateId
  return {
    accountId,
    code,
    at,
    ...(clientId !== undefined && { clientId }),
    ...(sourceIp !== undefined && { sourceIp }),
    ...(certificateId !== undefined && { certificateId }),
    ...(more.thingName !== undefined && { thingName: more.thingName }),
    details: { protocol: 'mqtt', ...(claim && { claim: claim.certificateId }), ...more.details },
  }
}
