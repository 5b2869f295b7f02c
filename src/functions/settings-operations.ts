/** What is set of functions beside their configuration: concurrency, retries, tags. */
import type * as Lambda from '@aws-sdk/client-lambda'
import type { CallContext, Operations } from '../api/aws/operations.ts'
import { keyOf, type LambdaDeps } from './functions-operations.ts'
import { resolveTarget } from './invocations/target.ts'
import {
  deleteEventConfig,
  findEventConfig,
  listEventConfigs,
  putEventConfig,
  type EventConfig,
} from './registry/event-config-store.ts'
import { functionArn, parseFunctionName, parseWholeFunction } from './registry/function-name.ts'
import {
  accountConcurrency,
  findReservation,
  getVersion,
  reservedByOthers,
  setReservation,
  type FunctionKey,
} from './registry/function-store.ts'
import { latest } from './registry/function-version.ts'
import { lambdaError } from './registry/lambda-error.ts'
import { listTags, removeTags, setTags } from './registry/tag-store.ts'

export function settingsOperations({ store, now }: Pick<LambdaDeps, 'store' | 'now'>) {
  /** The function, and the version or alias whose settings are meant. */
  async function getQualified(context: CallContext, name: string, given?: string) {
    const { functionName, qualifier = latest } = parseFunctionName(context, name, given)
    await resolveTarget(store.read, context, { functionName, qualifier }, 1)
    return { key: keyOf(context, functionName), qualifier }
  }

  async function getConfig(key: FunctionKey, qualifier: string): Promise<EventConfig> {
    const config = await findEventConfig(store.read, key, qualifier)
    if (config) return config
    const arn = functionArn(key, { functionName: key.functionName, qualifier })
    throw lambdaError('ResourceNotFoundException', `The function ${arn} doesn't have an EventInvokeConfig`)
  }

  async function getTagged({ accountId, region }: CallContext, resource: string): Promise<FunctionKey> {
    const scope = { accountId, region }
    const functionName = parseWholeFunction(
      scope,
      resource,
      'Tags on function aliases and versions are not supported. Please specify a function ARN.',
    )
    const key = { ...scope, functionName }
    await getVersion(store.read, key)
    return key
  }

  return {
    async PutFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions: reserved }, context) {
      const key = keyOf(context, FunctionName)
      await store.transact(async (db) => {
        const left = accountConcurrency.total - (await reservedByOthers(db, key)) - reserved
        if (left < accountConcurrency.leastUnreserved)
          throw lambdaError(
            'InvalidParameterValueException',
            `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${accountConcurrency.leastUnreserved}].`,
          )
        await setReservation(db, key, reserved)
      })
      return { ReservedConcurrentExecutions: reserved }
    },

    async GetFunctionConcurrency({ FunctionName }, context) {
      const key = keyOf(context, FunctionName)
      await getVersion(store.read, key)
      const reservation = await findReservation(store.read, key.accountId, key.functionName)
      return { ReservedConcurrentExecutions: reservation?.reserved ?? undefined }
    },

    async DeleteFunctionConcurrency({ FunctionName }, context) {
      await store.transact((db) => setReservation(db, keyOf(context, FunctionName), null))
    },

    async PutFunctionEventInvokeConfig(input, context) {
      const { key, qualifier } = await getQualified(context, input.FunctionName, input.Qualifier)
      const config = toConfig(input, { qualifier, modifiedAt: now() })
      await store.transact((db) => putEventConfig(db, key, config))
      return toConfigOutput(key, config)
    },

    async UpdateFunctionEventInvokeConfig(input, context) {
      const { key, qualifier } = await getQualified(context, input.FunctionName, input.Qualifier)
      const present = await getConfig(key, qualifier)
      const config = toConfig(input, { ...present, modifiedAt: now() })
      await store.transact((db) => putEventConfig(db, key, config))
      return toConfigOutput(key, config)
    },

    async GetFunctionEventInvokeConfig({ FunctionName, Qualifier }, context) {
      const { key, qualifier } = await getQualified(context, FunctionName, Qualifier)
      return toConfigOutput(key, await getConfig(key, qualifier))
    },

    async DeleteFunctionEventInvokeConfig({ FunctionName, Qualifier }, context) {
      const { key, qualifier } = await getQualified(context, FunctionName, Qualifier)
      await getConfig(key, qualifier)
      await store.transact((db) => deleteEventConfig(db, key, qualifier))
    },

    async ListFunctionEventInvokeConfigs({ FunctionName }, context) {
      const key = keyOf(context, FunctionName)
      await getVersion(store.read, key)
      const configs = await listEventConfigs(store.read, key)
      return { FunctionEventInvokeConfigs: configs.map((config) => toConfigOutput(key, config)) }
    },

    async TagResource({ Resource, Tags }, context) {
      const key = await getTagged(context, Resource)
      await store.transact((db) => setTags(db, key, Tags))
    },

    async UntagResource({ Resource, TagKeys }, context) {
      const key = await getTagged(context, Resource)
      await store.transact((db) => removeTags(db, key, TagKeys))
    },

    async ListTags({ Resource }, context) {
      const key = await getTagged(context, Resource)
      return { Tags: await listTags(store.read, key) }
    },
  } satisfies Partial<Operations<typeof Lambda>>
}

type ConfigInput = Pick<
  Lambda.PutFunctionEventInvokeConfigRequest,
  'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds' | 'DestinationConfig'
>

/** What the input leaves out stays as it is in `present`. */
function toConfig(input: ConfigInput, present: EventConfig): EventConfig {
  const { OnSuccess, OnFailure } = input.DestinationConfig ?? {}
  if (OnSuccess?.Destination || OnFailure?.Destination)
    throw lambdaError(
      'InvalidParameterValueException',
      'Muster does not offer destinations of asynchronous invocations: what was given up is logged',
    )
  const { MaximumRetryAttempts: maxRetries, MaximumEventAgeInSeconds: maxAgeSeconds } = input
  return {
    ...present,
    ...(maxRetries != null && { maxRetries }),
    ...(maxAgeSeconds != null && { maxAgeSeconds }),
  }
}

function toConfigOutput(key: FunctionKey, config: EventConfig): Lambda.FunctionEventInvokeConfig {
  const { qualifier, maxRetries, maxAgeSeconds, modifiedAt } = config
  return {
    FunctionArn: functionArn(key, { functionName: key.functionName, qualifier }),
    LastModified: modifiedAt,
    ...(maxRetries !== undefined && { MaximumRetryAttempts: maxRetries }),
    ...(maxAgeSeconds !== undefined && { MaximumEventAgeInSeconds: maxAgeSeconds }),
    DestinationConfig: { OnSuccess: {}, OnFailure: {} },
  }
}
