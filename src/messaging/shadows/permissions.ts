/** Source: AWS Service Authorization Reference; AWS IoT Developer Guide, "AWS IoT Core action resources". */
import type * as IotData from '@aws-sdk/client-iot-data-plane'
import type { Permissions } from '../../api/aws/operations.ts'
import { iotArn, type ArnScope } from '../../lib/arn.ts'

interface Named {
  thingName: string
  shadowName?: string | undefined
}

/** A named shadow is `thing/<thing name>/<shadow name>`. */
const ofShadow = ({ thingName, shadowName }: Named, scope: ArnScope) => ({
  resources: [iotArn(scope, `thing/${thingName}${shadowName === undefined ? '' : `/${shadowName}`}`)],
})

/** For devices over HTTPS too. Over MQTT the topics are what is allowed. */
export const shadowsPermissions = {
  GetThingShadow: ofShadow,
  UpdateThingShadow: ofShadow,
  DeleteThingShadow: ofShadow,
  ListNamedShadowsForThing: ({ thingName }, scope) => ofShadow({ thingName }, scope),
} satisfies Partial<Permissions<typeof IotData>>
