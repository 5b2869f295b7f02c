/** Source: AWS Service Authorization Reference, "Actions, resources, and condition keys for AWS IoT". */
import type * as Iot from '@aws-sdk/client-iot'
import type { Permissions } from '../../api/aws/operations.ts'
import type { ArnScope } from '../../lib/arn.ts'
import { certificateProviderArn } from './certificate-provider.ts'

const onProvider = ({ certificateProviderName }: { certificateProviderName: string }, scope: ArnScope) => ({
  resources: [certificateProviderArn(scope, certificateProviderName)],
})

export const certificateProvidersPermissions = {
  CreateCertificateProvider: onProvider,
  DescribeCertificateProvider: onProvider,
  UpdateCertificateProvider: onProvider,
  DeleteCertificateProvider: onProvider,
  ListCertificateProviders: () => ({ resources: ['*'] }),
} satisfies Partial<Permissions<typeof Iot>>
