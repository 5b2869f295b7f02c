import type * as Iot from '@aws-sdk/client-iot'
import type { Permissions } from '../../api/aws/operations.ts'
import { templateArn } from '../provisioning-templates/index.ts'

export const claimsPermissions = {
  CreateProvisioningClaim: ({ templateName }, scope) => ({ resources: [templateArn(scope, templateName)] }),
} satisfies Partial<Permissions<typeof Iot>>
