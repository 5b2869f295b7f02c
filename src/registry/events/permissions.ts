import type * as Iot from '@aws-sdk/client-iot'
import type { Permissions } from '../../api/aws/operations.ts'

const onEverything = () => ({ resources: ['*'] })

export const eventConfigurationsPermissions = {
  DescribeEventConfigurations: onEverything,
  UpdateEventConfigurations: onEverything,
} satisfies Partial<Permissions<typeof Iot>>
