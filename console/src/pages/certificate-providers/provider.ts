import type { Action } from '../../kit/action.ts'
import { useSession } from '../../kit/use-session.ts'
import { usePermissionCalls } from '../functions/function-permissions.ts'
import { iot } from '../resources/list.tsx'

/** What DescribeCertificateProvider answers. */
export interface Provider {
  certificateProviderName: string
  certificateProviderArn: string
  lambdaFunctionArn: string
  accountDefaultForOperations?: string[]
  creationDate?: number
  lastModifiedDate?: number
}

/** What can be done to them, from their list and from the page of one. */
export const providerActions = (names: readonly string[], onDeleted?: () => void): Action[] => [
  {
    label: 'Delete',
    question: 'Muster signs the certificates of devices that bring a CSR again.',
    typed: 'delete',
    operation: names.map((certificateProviderName) =>
      iot('DeleteCertificateProvider', { certificateProviderName }),
    ),
    onDone: onDeleted,
  },
]

/** The calls that let AWS IoT invoke the function for the provider. */
export function useProviderPermissions(name: string, functionArn: string) {
  const { region, accountId } = useSession() ?? {}
  const arn = `arn:aws:iot:${region}:${accountId}:certificateprovider/${name}`
  return usePermissionCalls(functionArn === '' ? [] : [functionArn], arn)
}
