import type * as Iot from '@aws-sdk/client-iot'
import type { Permissions } from '../../api/aws/operations.ts'

export const provisioningPermissions = {
  RegisterThing: () => ({ resources: ['*'] }),
} satisfies Partial<Permissions<typeof Iot>>
