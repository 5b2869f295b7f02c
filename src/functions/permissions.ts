/** What IAM must allow (AWS Service Authorization Reference, "Actions, resources, and condition keys for AWS Lambda"). */
import type * as Lambda from '@aws-sdk/client-lambda'
import type { Permissions } from '../api/aws/operations.ts'
import type { ArnScope } from '../lib/arn.ts'
import { permissionArn } from './registry/function-name.ts'

interface NamedFunction {
  FunctionName: string
  Qualifier?: string | undefined
}

const onFunction = ({ FunctionName, Qualifier }: NamedFunction, scope: ArnScope) => ({
  resources: [permissionArn(scope, FunctionName, Qualifier)],
})
const onResource = ({ Resource }: { Resource: string }, scope: ArnScope) => ({
  resources: [permissionArn(scope, Resource)],
})
const onAnything = () => ({ resources: ['*'] })

export const lambdaPermissions = {
  CreateFunction: onFunction,
  GetFunction: onFunction,
  GetFunctionConfiguration: onFunction,
  ListFunctions: onAnything,
  UpdateFunctionCode: onFunction,
  UpdateFunctionConfiguration: onFunction,
  DeleteFunction: onFunction,
  PublishVersion: onFunction,
  ListVersionsByFunction: onFunction,
  CreateAlias: onFunction,
  GetAlias: onFunction,
  UpdateAlias: onFunction,
  DeleteAlias: onFunction,
  ListAliases: onFunction,
  Invoke: (input, scope) => ({ action: 'lambda:InvokeFunction', ...onFunction(input, scope) }),
  AddPermission: onFunction,
  RemovePermission: onFunction,
  GetPolicy: onFunction,
  PutFunctionConcurrency: onFunction,
  GetFunctionConcurrency: onFunction,
  DeleteFunctionConcurrency: onFunction,
  PutFunctionEventInvokeConfig: onFunction,
  UpdateFunctionEventInvokeConfig: onFunction,
  GetFunctionEventInvokeConfig: onFunction,
  DeleteFunctionEventInvokeConfig: onFunction,
  ListFunctionEventInvokeConfigs: onFunction,
  TagResource: onResource,
  UntagResource: onResource,
  ListTags: onResource,
  GetFunctionCodeSigningConfig: onFunction,
  GetFunctionUrlConfig: onFunction,
  ListFunctionUrlConfigs: onFunction,
  GetProvisionedConcurrencyConfig: onFunction,
  ListProvisionedConcurrencyConfigs: onFunction,
  GetRuntimeManagementConfig: onFunction,
  GetFunctionRecursionConfig: onFunction,
  ListEventSourceMappings: onAnything,
  ListLayers: onAnything,
  GetAccountSettings: onAnything,
} satisfies Partial<Permissions<typeof Lambda>>
