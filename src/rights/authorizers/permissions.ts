/** Source: AWS Service Authorization Reference, "Actions, resources, and condition keys for AWS IoT". */
import type * as Iot from '@aws-sdk/client-iot'
import type { Permissions } from '../../api/aws/operations.ts'
import type { ArnScope } from '../../lib/arn.ts'
import { authorizerArn } from './authorizer.ts'

const onAuthorizer = ({ authorizerName }: { authorizerName: string }, scope: ArnScope) => ({
  resources: [authorizerArn(scope, authorizerName)],
})
const onEverything = () => ({ resources: ['*'] })

export const authorizersPermissions = {
  CreateAuthorizer: onAuthorizer,
  UpdateAuthorizer: onAuthorizer,
  DescribeAuthorizer: onAuthorizer,
  DeleteAuthorizer: onAuthorizer,
  ListAuthorizers: onEverything,
  SetDefaultAuthorizer: onAuthorizer,
  DescribeDefaultAuthorizer: onEverything,
  ClearDefaultAuthorizer: onEverything,
  TestInvokeAuthorizer: onAuthorizer,
} satisfies Partial<Permissions<typeof Iot>>
