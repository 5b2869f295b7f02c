import { iotArn } from '../../../lib/arn.ts'
import type { Db } from '../../../store/index.ts'
import { isBeyond, readRequest, toPage, type PageRequest } from '../certificate-pages.ts'
import { parseTransferData } from './transfer-data.ts'

/**
 * Certificates that the account gives to others, who have not accepted them yet; by the ARN that they are to have.
 * @throws {AwsError} `InvalidRequestException` on a marker that no list has given out
 */
export async function listOutgoing(db: Db, accountId: string, request: PageRequest) {
  const { direction, size, position } = readRequest(request)
  const rows = await db
    .selectFrom('certificates')
    .select(['certificate_id', 'region', 'transferred_to', 'transfer_data', 'created_at'])
    .where('account_id', '=', accountId)
    .where('transferred_to', 'is not', null)
    .where(isBeyond(position))
    .orderBy('created_at', direction)
    .orderBy('certificate_id', direction)
    .limit(size + 1)
    .execute()
  const { certificates, ...page } = toPage(rows, size, (row) => {
    const transferredTo = row.transferred_to ?? ''
    const { transferDate, transferMessage } = parseTransferData(row.transfer_data ?? '{}')
    return {
      certificateArn: iotArn({ region: row.region, accountId: transferredTo }, `cert/${row.certificate_id}`),
      certificateId: row.certificate_id,
      transferredTo,
      transferDate,
      transferMessage,
      creationDate: new Date(row.created_at),
    }
  })
  return { outgoingCertificates: certificates, ...page }
}
