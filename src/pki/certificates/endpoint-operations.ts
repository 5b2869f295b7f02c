import type * as Iot from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import type { Operations, Permissions } from '../../api/aws/operations.ts'

/** One host serves them all. Source: AWS IoT API Reference, "DescribeEndpoint". */
const endpointTypes = ['iot:Data', 'iot:Data-ATS', 'iot:Data-Beta', 'iot:CredentialProvider', 'iot:Jobs']

/** `endpointOf` gives the host name that devices of the account connect to, without a port. */
export function endpointOperations({ endpointOf }: { endpointOf: (accountId: string) => string }) {
  return {
    async DescribeEndpoint({ endpointType = 'iot:Data' }, { accountId }) {
      if (endpointTypes.includes(endpointType)) return { endpointAddress: endpointOf(accountId) }
      throw iotError(
        'InvalidRequestException',
        `Endpoint type ${endpointType} not recognized; expected one of ${endpointTypes.join(', ')}`,
      )
    },
  } satisfies Partial<Operations<typeof Iot>>
}

export const endpointPermissions = {
  DescribeEndpoint: () => ({ resources: ['*'] }),
} satisfies Partial<Permissions<typeof Iot>>
