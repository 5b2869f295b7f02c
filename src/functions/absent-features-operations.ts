/** Features that Muster does not have, for tools that read them of every function: there are none of them. */
import type * as Lambda from '@aws-sdk/client-lambda'
import type { CallContext, Operations } from '../api/aws/operations.ts'
import { keyOf, type LambdaDeps } from './functions-operations.ts'
import { accountConcurrency, getVersion } from './registry/function-store.ts'
import { lambdaError } from './registry/lambda-error.ts'

export function absentFeaturesOperations({ store }: Pick<LambdaDeps, 'store'>) {
  const checkFunction = (context: CallContext, name: string) => getVersion(store.read, keyOf(context, name))
  const absent = () => lambdaError('ResourceNotFoundException', 'The resource you requested does not exist.')
  return {
    async GetFunctionCodeSigningConfig({ FunctionName }, context) {
      const { functionName } = await checkFunction(context, FunctionName)
      return { FunctionName: functionName, CodeSigningConfigArn: undefined }
    },

    async GetFunctionUrlConfig({ FunctionName }, context) {
      await checkFunction(context, FunctionName)
      throw absent()
    },

    async ListFunctionUrlConfigs({ FunctionName }, context) {
      await checkFunction(context, FunctionName)
      return { FunctionUrlConfigs: [] }
    },

    async GetProvisionedConcurrencyConfig({ FunctionName }, context) {
      await checkFunction(context, FunctionName)
      throw lambdaError(
        'ProvisionedConcurrencyConfigNotFoundException',
        'No Provisioned Concurrency Config found for this function',
      )
    },

    async ListProvisionedConcurrencyConfigs({ FunctionName }, context) {
      await checkFunction(context, FunctionName)
      return { ProvisionedConcurrencyConfigs: [] }
    },

    async GetRuntimeManagementConfig({ FunctionName }, context) {
      await checkFunction(context, FunctionName)
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
