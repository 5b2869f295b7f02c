import type { CertificateMode, CertificateStatus, TransferData } from '@aws-sdk/client-iot'

/** The name, for `Store.transact`, of what a work decides about a certificate. */
export const workOnCertificate = (accountId: string, certificateId: string): string =>
  `${accountId} certificate ${certificateId}`

/** A registered device certificate. */
export interface DeviceCertificate {
  accountId: string
  /** SHA-256 of the DER, 64 lowercase hex digits. */
  certificateId: string
  certificateArn: string
  certificatePem: string
  status: CertificateStatus
  /** The registered CA that signed it; absent when it was registered without one. */
  caCertificateId?: string
  certificateMode: CertificateMode
  notBefore: Date
  notAfter: Date
  creationDate: Date
  lastModifiedDate: Date
  /** Grows by one with each change, from 1. */
  customerVersion: number
  /** A UUID. */
  generationId: string
  /** Why it still is PENDING_ACTIVATION, for a person. Not part of any AWS answer. */
  pendingReason?: string
  /** Of a claim that CreateProvisioningClaim gave out: the template that it is for. Not part of any AWS answer. */
  claimTemplate?: string
  /** When a person said that its device may come. Not part of any AWS answer. */
  approvedAt?: Date
  /** The certificate that has taken its place, by its id. Not part of any AWS answer. */
  replacedBy?: string
  /** The account that it is being transferred to, which has not accepted it yet. */
  transferredTo?: string
  /** The account that it was accepted from. */
  previousOwnedBy?: string
  /** Of its last transfer, unless that was cancelled. */
  transferData?: TransferData
}
