/**
 * Certificates on their way to another account. Until that accepts, the row is the giving account's: nothing that the
 * receiving one has, or lets in, is touched by what it was never asked about.
 */
import type { TransferData } from '@aws-sdk/client-iot'
import { parseCertificate } from '../../../lib/x509.ts'
import { prepareQuery, type Bind, type Db } from '../../../store/index.ts'
import { deleteTags } from '../../../registry/tags/index.ts'
import { countDevice } from '../ca-devices-store.ts'
import { findCaCertificate, findCasBySubject } from '../ca-store.ts'
import type { DeviceCertificate } from '../certificate.ts'
import { findIssuerByName } from '../issuer-lookup.ts'
import { formatTransferData } from './transfer-data.ts'

interface Offer {
  transferredTo: string
  transferMessage: string | undefined
  now: Date
}

/** Makes it PENDING_TRANSFER. It waits for nothing else any more. */
export async function offerCertificate(
  db: Db,
  { accountId, certificateId }: DeviceCertificate,
  { transferredTo, transferMessage, now }: Offer,
): Promise<void> {
  await db
    .updateTable('certificates')
    .set((eb) => ({
      status: 'PENDING_TRANSFER',
      transferred_to: transferredTo,
      transfer_data: formatTransferData({ transferDate: now, transferMessage }),
      pending_reason: null,
      approved_at: null,
      modified_at: now.getTime(),
      customer_version: eb('customer_version', '+', 1),
    }))
    .where('account_id', '=', accountId)
    .where('certificate_id', '=', certificateId)
    .execute()
}

/** Ends a transfer that came to nothing: INACTIVE, with what is told of it. */
export async function returnCertificate(
  db: Db,
  { accountId, certificateId }: DeviceCertificate,
  { transferData, now }: { transferData: TransferData | undefined; now: Date },
): Promise<void> {
  await db
    .updateTable('certificates')
    .set((eb) => ({
      status: 'INACTIVE',
      transferred_to: null,
      transfer_data: transferData ? formatTransferData(transferData) : null,
      modified_at: now.getTime(),
      customer_version: eb('customer_version', '+', 1),
    }))
    .where('account_id', '=', accountId)
    .where('certificate_id', '=', certificateId)
    .execute()
}

interface Acceptance {
  /** The account that accepts, which has no certificate of that id. */
  by: string
  status: 'ACTIVE' | 'INACTIVE'
  now: Date
}

/**
 * Gives it to the other account, without what only the giving one had for it: tags, and the CA. That is the one that signed
 * it of those which are registered there.
 */
export async function moveCertificate(
  db: Db,
  certificate: DeviceCertificate,
  { by, status, now }: Acceptance,
): Promise<void> {
  const { accountId, certificateId, certificateArn, transferData } = certificate
  await deleteTags(db, accountId, certificateArn)
  const caCertificateId = await moveCount(db, certificate, by)
  await db
    .updateTable('certificates')
    .set((eb) => ({
      account_id: by,
      status,
      ca_certificate_id: caCertificateId ?? null,
      replaced_by: null,
      retires_at: null,
      transferred_to: null,
      previous_owned_by: accountId,
      transfer_data: formatTransferData({ ...transferData, acceptDate: now }),
      modified_at: now.getTime(),
      customer_version: eb('customer_version', '+', 1),
    }))
    .where('account_id', '=', accountId)
    .where('certificate_id', '=', certificateId)
    .execute()
  await noteGivenAway(db, certificate, { by, now })
}

/** Counts it for the CA of the other account, if that has the CA, and resolves with it. */
async function moveCount(db: Db, certificate: DeviceCertificate, by: string): Promise<string | undefined> {
  const { accountId, caCertificateId: earlier, replacedBy } = certificate
  if (earlier !== undefined && replacedBy === undefined)
    await countDevice(db, { accountId, caCertificateId: earlier }, -1)
  const caCertificateId = await findOwnCa(db, certificate, by)
  if (caCertificateId !== undefined) await countDevice(db, { accountId: by, caCertificateId }, 1)
  return caCertificateId
}

/** What the account's revocation list says counts, also where the one that gives had the certificate without its CA. */
async function findOwnCa(
  db: Db,
  { caCertificateId: earlier, certificatePem }: DeviceCertificate,
  by: string,
): Promise<string | undefined> {
  if (earlier !== undefined && (await findCaCertificate(db, by, earlier))) return earlier
  const findCas = (accountId: string, subjectKey: string) => findCasBySubject(db, accountId, subjectKey)
  const { issuer } = await findIssuerByName(findCas, by, parseCertificate(certificatePem))
  return issuer?.certificateId
}

async function noteGivenAway(
  db: Db,
  { accountId, certificateId }: DeviceCertificate,
  { by, now }: Pick<Acceptance, 'by' | 'now'>,
): Promise<void> {
  const told = { transferred_to: by, accepted_at: now.getTime() }
  await db
    .insertInto('certificates_given_away')
    .values({ account_id: accountId, certificate_id: certificateId, ...told })
    .onConflict((conflict) => conflict.columns(['account_id', 'certificate_id']).doUpdateSet(told))
    .execute()
  await forgetGivenAway(db, by, certificateId)
}

/** Of what the account has itself: its CA may let that in again. */
export async function forgetGivenAway(db: Db, accountId: string, certificateId: string): Promise<void> {
  await db
    .deleteFrom('certificates_given_away')
    .where('account_id', '=', accountId)
    .where('certificate_id', '=', certificateId)
    .execute()
}

const selectGivenAway = prepareQuery((db, value: Bind<{ accountId: string; certificateId: string }>) =>
  db
    .selectFrom('certificates_given_away')
    .select('transferred_to as transferredTo')
    .where('account_id', '=', value('accountId'))
    .where('certificate_id', '=', value('certificateId')),
)

/** The account that accepted it from this one, the last time that one did. */
export async function findReceiver(
  db: Db,
  accountId: string,
  certificateId: string,
): Promise<string | undefined> {
  const [row] = (await selectGivenAway(db, { accountId, certificateId })).rows
  return row?.transferredTo
}
