/** Source: AWS Service Authorization Reference, "Actions, resources, and condition keys for AWS IoT". */
import type * as IotData from '@aws-sdk/client-iot-data-plane'
import type { Permissions } from '../../api/aws/operations.ts'
import { iotArn } from '../../lib/arn.ts'

/** Publish with `retain` asks for iot:RetainPublish besides. */
export const dataPlanePermissions = {
  Publish: ({ topic }, scope) => ({ resources: [iotArn(scope, `topic/${topic}`)] }),
  GetRetainedMessage: ({ topic }, scope) => ({ resources: [iotArn(scope, `topic/${topic}`)] }),
  ListRetainedMessages: () => ({ resources: ['*'] }),
} satisfies Partial<Permissions<typeof IotData>>
