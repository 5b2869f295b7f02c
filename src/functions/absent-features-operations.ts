/** Features that Muster does not have, for tools that read them of every function: there are none of them. */
import type * as Lambda from '@aws-sdk/client-lambda'
import type { CallContext, Operations } from '../api/aws/operations.ts'
import { keyOf, type LambdaDeps } from './functions-operations.ts'
import { resolveTarget } from './invocations/target.ts'
import { parseFunctionName } from './registry/function-name.ts'
import { accountConcurrency, getVersion } from './registry/function-store.ts'
import { lambdaError } from './registry/lambda-error.ts'

export function absentFeaturesOperations({ store }: Pick<LambdaDeps, 'store'>) {
  const checkFunction = (context: CallContext, name: string) => getVersion(store.read, keyOf(context, name))
  const checkQualified = (context: CallContext, name: string, qualifier?: string) =>
    resolveTarget(store.read, context, parseFunctionName(context, name, qualifier), 1)
  const absent = () => lambdaError('ResourceNotFoundException', 'The resource you requested does not exist.')
  return {
    async GetFunctionCodeSigningConfig({ FunctionName }, context) {
      const { functionName } = await checkFunction(context, FunctionName)
      return { FunctionName: functionName, CodeSigningConfigArn: undefined }
    },

    async GetFunctionUrlConfig({ FunctionName, Qualifier }, context) {
      await checkQualified(context, FunctionName, Qualifier)
      throw absent()
    },

    async ListFunctionUrlConfigs({ FunctionName }, context) {
      await checkFunction(context, FunctionName)
      return { FunctionUrlConfigs: [] }
    },

    async GetProvisionedConcurrencyConfig({ FunctionName, Qualifier }, context) {
      await checkQualified(context, FunctionName, Qualifier)
      throw lambdaError(
        'ProvisionedConcurrencyConfigNotFoundException',
        'No Provisioned Concurrency Config found for this function',
      )
    },

    async ListProvisionedConcurrencyConfigs({ FunctionName }, context) {
      await checkFunction(context, FunctionName)
      return { ProvisionedConcurrencyConfigs: [] }
    },

    async GetRuntimeManagementConfig({ FunctionName, Qualifier }, context) {
      await checkQualified(context, FunctionName, Qualifier)
      return { UpdateRuntimeOn: 'Auto' as const }
    },

    async GetFunctionRecursionConfig({ FunctionName }, context) {
      await checkFunction(context, FunctionName)
      return { RecursiveLoop: 'Allow' as const }
    },

    async ListEventSourceMappings() {
      return { EventSourceMappings: [] }
    },

    async ListLayers() {
      return { Layers: [] }
    },

    async GetAccountSettings() {
      const { total } = accountConcurrency
      return { AccountLimit: { ConcurrentExecutions: total, UnreservedConcurrentExecutions: total } }
    },
  } satisfies Partial<Operations<typeof Lambda>>
}
