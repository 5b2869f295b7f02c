/** Who signs the certificates of devices that bring a CSR, instead of Muster itself. */
import { iotArn, type ArnScope } from '../../lib/arn.ts'

export interface CertificateProvider {
  accountId: string
  certificateProviderName: string
  /** The function that is given CSRs. */
  lambdaFunctionArn: string
  creationDate: Date
  lastModifiedDate: Date
}

export const certificateProviderArn = (scope: ArnScope, name: string): string =>
  iotArn(scope, `certificateprovider/${name}`)
