import { iotArn, parseArn } from '../../lib/arn.ts'
import type { DeviceCertificate } from './certificate.ts'

/**
 * As DescribeCertificate shows it to an account that has it, or that it is offered to: by an ARN of its own.
 * assumed: both are told who will have it, and from whom, from the beginning of the transfer. AWS's answers to
 * TransferCertificate and ListOutgoingCertificates name the ARN in the receiving account (AWS CLI Command Reference).
 */
export function describeCertificate(certificate: DeviceCertificate, viewerId: string) {
  const {
    accountId,
    certificateArn,
    notBefore,
    notAfter,
    transferredTo,
    previousOwnedBy: earlierOwner,
    transferData = {},
    pendingReason: _reason,
    claimTemplate: _template,
    approvedAt: _approved,
    replacedBy: _successor,
    ...description
  } = certificate
  const { region = '' } = parseArn(certificateArn) ?? {}
  const previousOwnedBy = transferredTo === undefined ? earlierOwner : accountId
  return {
    ...description,
    certificateArn: iotArn({ region, accountId: viewerId }, `cert/${certificate.certificateId}`),
    ownedBy: transferredTo ?? accountId,
    ...(previousOwnedBy !== undefined && { previousOwnedBy }),
    transferData,
    validity: { notBefore, notAfter },
  }
}
