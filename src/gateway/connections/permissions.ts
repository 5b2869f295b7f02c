/** Source: AWS Service Authorization Reference, "Actions, resources, and condition keys for AWS IoT". */
import type * as Iot from '@aws-sdk/client-iot'
import type * as IotData from '@aws-sdk/client-iot-data-plane'
import type { Permissions } from '../../api/aws/operations.ts'
import { iotArn, type ArnScope } from '../../lib/arn.ts'

const ofClient = ({ clientId }: { clientId: string }, scope: ArnScope) => ({
  resources: [iotArn(scope, `client/${clientId}`)],
})

export const connectionsPermissions = {
  DeleteConnection: ofClient,
  GetConnection: ofClient,
  ListSubscriptions: ofClient,
  SendDirectMessage: ({ clientId, topic }, scope) => ({
    ...ofClient({ clientId }, scope),
    conditions: { 'iot:Topic': topic },
  }),
} satisfies Partial<Permissions<typeof IotData>>

export const connectivityPermissions = {
  GetThingConnectivityData: ({ thingName }, scope) => ({ resources: [iotArn(scope, `thing/${thingName}`)] }),
} satisfies Partial<Permissions<typeof Iot>>
