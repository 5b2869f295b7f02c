import type * as Iot from '@aws-sdk/client-iot'
import type { Permissions } from '../../api/aws/operations.ts'

/** None of these has a resource type: policies grant them on `*`. */
const onEverything = () => ({ resources: ['*'] })

export const bulkPermissions = {
  StartThingRegistrationTask: onEverything,
  StopThingRegistrationTask: onEverything,
  DescribeThingRegistrationTask: onEverything,
  ListThingRegistrationTasks: onEverything,
  ListThingRegistrationTaskReports: onEverything,
} satisfies Partial<Permissions<typeof Iot>>
