/** What IAM must allow (AWS Service Authorization Reference, "Actions, resources, and condition keys for AWS Lambda"). */
import type * as Lambda from '@aws-sdk/client-lambda'
import type { Permissions } from '../api/aws/operations.ts'
import type { ArnScope } from '../lib/arn.ts'
import { qualifiedArn, wholeArn } from './registry/function-name.ts'

interface NamedFunction {
  FunctionName: string
  Qualifier?: string | undefined
}

/** The function as a whole: these operations refuse the name of a version or alias. */
const onFunction = ({ FunctionName }: { FunctionName: string }, scope: ArnScope) => ({
  resources: [wholeArn(scope, FunctionName)],
})
/** What is named: the function, one of its versions, or an alias. */
const onQualified = ({ FunctionName, Qualifier }: NamedFunction, scope: ArnScope) => ({
  resources: [qualifiedArn(scope, FunctionName, Qualifier)],
})
const onResource = ({ Resource }: { Resource: string }, scope: ArnScope) => ({
  resources: [wholeArn(scope, Resource)],
})
const onAnything = () => ({ resources: ['*'] })

export const lambdaPermissions = {
  CreateFunction: onFunction,
  GetFunction: onQualified,
  GetFunctionConfiguration: onQualified,
  ListFunctions: onAnything,
  UpdateFunctionCode: onFunction,
  UpdateFunctionConfiguration: onFunction,
  DeleteFunction: onQualified,
  PublishVersion: onFunction,
  ListVersionsByFunction: onFunction,
  CreateAlias: onFunction,
  GetAlias: onFunction,
  UpdateAlias: onFunction,
  DeleteAlias: onFunction,
  ListAliases: onFunction,
  Invoke: (input, scope) => ({ action: 'lambda:InvokeFunction', ...onQualified(input, scope) }),
  AddPermission: onQualified,
  RemovePermission: onQualified,
  GetPolicy: onQualified,
  PutFunctionConcurrency: onFunction,
  GetFunctionConcurrency: onFunction,
  DeleteFunctionConcurrency: onFunction,
  PutFunctionEventInvokeConfig: onQualified,
  UpdateFunctionEventInvokeConfig: onQualified,
  GetFunctionEventInvokeConfig: onQualified,
  DeleteFunctionEventInvokeConfig: onQualified,
  ListFunctionEventInvokeConfigs: onFunction,
  TagResource: onResource,
  UntagResource: onResource,
  ListTags: onResource,
  GetFunctionCodeSigningConfig: onFunction,
  GetFunctionUrlConfig: onQualified,
  ListFunctionUrlConfigs: onFunction,
  GetProvisionedConcurrencyConfig: onQualified,
  ListProvisionedConcurrencyConfigs: onFunction,
  GetRuntimeManagementConfig: onQualified,
  GetFunctionRecursionConfig: onFunction,
  ListEventSourceMappings: onAnything,
  ListLayers: onAnything,
  GetAccountSettings: onAnything,
} satisfies Partial<Permissions<typeof Lambda>>
