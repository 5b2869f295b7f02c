/** Reads what a caller wants of a function (Lambda API Reference, "CreateFunction", "UpdateFunctionConfiguration"). */
import type * as Lambda from '@aws-sdk/client-lambda'
import { findRuntimeKind } from '../runtimes/runtime.ts'
import type { FunctionSettings } from './function-version.ts'
import { lambdaError } from './lambda-error.ts'

type Given = Lambda.CreateFunctionRequest & Lambda.UpdateFunctionConfigurationRequest

/** What the calls may hold; absent members leave a setting as it is. */
type SettingsInput = {
  [Member in Exclude<keyof Given, 'FunctionName' | 'Role' | 'Code' | 'Tags' | 'Publish'>]?:
    | Given[Member]
    | undefined
} & { Role?: string | undefined }

const maxTimeoutSeconds = 900
const maxMemoryMb = 10_240

const defaults = {
  Description: '',
  Timeout: 3,
  MemorySize: 128,
  EphemeralStorage: { Size: 512 },
  Architectures: ['x86_64'] as Lambda.Architecture[],
  TracingConfig: { Mode: 'PassThrough' as const },
}

/** @throws {AwsError} `InvalidParameterValueException` naming what is missing, wrong, or not offered */
export function createSettings(input: SettingsInput & { Role: string }): FunctionSettings {
  const { Runtime, Handler, Role } = input
  if (Runtime === undefined || Handler === undefined)
    throw lambdaError(
      'InvalidParameterValueException',
      'Runtime and Handler are mandatory parameters for functions created with deployment packages.',
    )
  return changeSettings({ ...defaults, Runtime, Handler, Role }, input)
}

/** @throws {AwsError} `InvalidParameterValueException` */
export function changeSettings(present: FunctionSettings, input: SettingsInput): FunctionSettings {
  refuseWhatIsNotOffered(input)
  const { Environment: presentEnvironment, LogGroup: presentGroup, ...plain } = present
  const Environment = input.Environment ? readEnvironment(input.Environment) : presentEnvironment
  const LogGroup = input.LoggingConfig ? readLogGroup(input.LoggingConfig) : presentGroup
  const settings: FunctionSettings = {
    ...plain,
    Role: input.Role ?? plain.Role,
    Runtime: input.Runtime ?? plain.Runtime,
    Handler: input.Handler ?? plain.Handler,
    Description: input.Description ?? plain.Description,
    Timeout: input.Timeout ?? plain.Timeout,
    MemorySize: input.MemorySize ?? plain.MemorySize,
    EphemeralStorage: { Size: input.EphemeralStorage?.Size ?? plain.EphemeralStorage.Size },
    Architectures: input.Architectures?.slice(0, 1) ?? plain.Architectures,
    TracingConfig: { Mode: input.TracingConfig?.Mode ?? plain.TracingConfig.Mode },
    ...(Environment && { Environment }),
    ...(LogGroup !== undefined && { LogGroup }),
  }
  checkSettings(settings)
  return settings
}

function checkSettings({ Runtime, Timeout, MemorySize }: FunctionSettings): void {
  if (!findRuntimeKind(Runtime))
    throw refusal(`The runtime ${Runtime} is not offered by Muster: use nodejs*, python3.*, or provided*`)
  if (Timeout > maxTimeoutSeconds)
    throw refusal(`Timeout must be at most ${maxTimeoutSeconds} seconds, got ${Timeout}`)
  if (MemorySize > maxMemoryMb)
    throw refusal(`MemorySize must be at most ${maxMemoryMb} MB, got ${MemorySize}`)
}

/** Members that would change how a function runs and are not offered are refused, never passed over. */
function refuseWhatIsNotOffered(input: SettingsInput): void {
  const { VpcConfig, DeadLetterConfig, SnapStart, PackageType, LoggingConfig } = input
  const asked: Record<string, boolean> = {
    'PackageType Image': PackageType === 'Image' || input.ImageConfig !== undefined,
    VpcConfig: (VpcConfig?.SubnetIds?.length ?? 0) > 0,
    DeadLetterConfig: (DeadLetterConfig?.TargetArn ?? '') !== '',
    Layers: (input.Layers?.length ?? 0) > 0,
    FileSystemConfigs: (input.FileSystemConfigs?.length ?? 0) > 0,
    KMSKeyArn: (input.KMSKeyArn ?? '') !== '',
    SnapStart: SnapStart?.ApplyOn === 'PublishedVersions',
    'LoggingConfig.LogFormat JSON': LoggingConfig?.LogFormat === 'JSON',
    CodeSigningConfigArn: (input.CodeSigningConfigArn ?? '') !== '',
    CapacityProviderConfig: input.CapacityProviderConfig !== undefined,
    DurableConfig: input.DurableConfig !== undefined,
  }
  const named = Object.keys(asked).filter((member) => asked[member])
  if (named.length > 0) throw refusal(`Muster does not offer ${named.join(', ')} of functions`)
}

/** Set by the execution environment alone (Lambda Developer Guide, "Defined runtime environment variables"). */
const reservedVariables = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_LAMBDA_RUNTIME_API',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
])
const maxEnvironmentBytes = 4096
const unable = 'Lambda was unable to configure your environment variables because the environment variables'

function readEnvironment({ Variables = {} }: Lambda.Environment): FunctionSettings['Environment'] {
  const entries = Object.entries(Variables)
  if (entries.length === 0) return undefined
  const reserved = entries.map(([variable]) => variable).filter((variable) => reservedVariables.has(variable))
  if (reserved.length > 0)
    throw refusal(
      `${unable} you have provided contains reserved keys that are currently not supported for modification. ` +
        `Reserved keys used in this request: ${reserved.join(', ')}`,
    )
  if (entries.some(([, value]) => value.includes('\0')))
    throw refusal(`${unable} you have provided hold a NUL character`)
  const bytes = Buffer.byteLength(JSON.stringify(Variables))
  if (bytes > maxEnvironmentBytes)
    throw refusal(`${unable} you have provided exceeded the 4KB limit, they have ${bytes} bytes`)
  return { Variables: Object.fromEntries(entries) }
}

const readLogGroup = ({ LogGroup }: Lambda.LoggingConfig) => (LogGroup === '' ? undefined : LogGroup)

const refusal = (message: string) => lambdaError('InvalidParameterValueException', message)
