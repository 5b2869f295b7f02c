/** Source: AWS Service Authorization Reference, "Actions, resources, and condition keys for AWS IoT". */
import type * as Iot from '@aws-sdk/client-iot'
import type { Permissions } from '../../api/aws/operations.ts'
import { iotArn, type ArnScope } from '../../lib/arn.ts'

const anything = () => ({ resources: ['*'] })

const certificate = ({ certificateId }: { certificateId: string }, scope: ArnScope) => ({
  resources: [iotArn(scope, `cert/${certificateId}`)],
})

const caCertificate = ({ certificateId }: { certificateId: string }, scope: ArnScope) => ({
  resources: [iotArn(scope, `cacert/${certificateId}`)],
})

export const certificatesPermissions = {
  CreateCertificateFromCsr: anything,
  CreateKeysAndCertificate: anything,
  DeleteCertificate: certificate,
  DescribeCertificate: certificate,
  ListCertificates: anything,
  ListCertificatesByCA: anything,
  RegisterCertificate: anything,
  RegisterCertificateWithoutCA: anything,
  UpdateCertificate: certificate,
} satisfies Partial<Permissions<typeof Iot>>

/** The certificate is named as one of the account that calls, before and after it is. */
export const transfersPermissions = {
  AcceptCertificateTransfer: certificate,
  CancelCertificateTransfer: certificate,
  ListOutgoingCertificates: anything,
  RejectCertificateTransfer: certificate,
  TransferCertificate: certificate,
} satisfies Partial<Permissions<typeof Iot>>

export const caCertificatesPermissions = {
  DeleteCACertificate: caCertificate,
  DeleteRegistrationCode: anything,
  DescribeCACertificate: caCertificate,
  GetRegistrationCode: anything,
  ListCACertificates: anything,
  RegisterCACertificate: anything,
  UpdateCACertificate: caCertificate,
} satisfies Partial<Permissions<typeof Iot>>
