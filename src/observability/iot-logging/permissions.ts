import type * as Iot from '@aws-sdk/client-iot'
import type { Permissions } from '../../api/aws/operations.ts'

/** None of these has a resource type: policies grant them on `*`. */
const onEverything = () => ({ resources: ['*'] })

export const iotLoggingPermissions = {
  SetV2LoggingOptions: onEverything,
  GetV2LoggingOptions: onEverything,
  SetV2LoggingLevel: onEverything,
  DeleteV2LoggingLevel: onEverything,
  ListV2LoggingLevels: onEverything,
  SetLoggingOptions: onEverything,
  GetLoggingOptions: onEverything,
} satisfies Partial<Permissions<typeof Iot>>
