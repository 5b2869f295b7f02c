/** What a function finds in its environment (Lambda Developer Guide, "Defined runtime environment variables"). */
import type { ServiceSession } from '../../access/identities/index.ts'
import type { FunctionVersion } from '../registry/function-version.ts'
import type { FunctionLog } from './function-log.ts'

interface VariableSources {
  version: FunctionVersion
  credentials: ServiceSession
  log: FunctionLog
  region: string
  /** Where the AWS APIs are, and whom to trust for them. */
  api: Readonly<Record<string, string>>
  runtimeApi: string
  taskDirectory: string
  runtimes: string
  temporaryDirectory: string
  /** PATH, where the function does not set its own. */
  programPath: string
}

/** Where functions find programs. */
export const defaultProgramPath = '/usr/local/bin:/usr/bin:/bin'

/** The function's own variables go before what is not reserved, e.g. PATH or AWS_ENDPOINT_URL_S3. */
export function toVariables(sources: VariableSources): Record<string, string> {
  const { version, credentials, log, region } = sources
  const { settings, functionName } = version
  return {
    PATH: sources.programPath,
    LANG: 'en_US.UTF-8',
    TZ: 'UTC',
    HOME: sources.temporaryDirectory,
    TMPDIR: sources.temporaryDirectory,
    ...sources.api,
    PYTHONDONTWRITEBYTECODE: '1',
    ...settings.Environment?.Variables,
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_LAMBDA_FUNCTION_VERSION: version.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.MemorySize),
    AWS_LAMBDA_LOG_GROUP_NAME: log.logGroupName,
    AWS_LAMBDA_LOG_STREAM_NAME: log.logStreamName,
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_RUNTIME_API: sources.runtimeApi,
    AWS_EXECUTION_ENV: `AWS_Lambda_${settings.Runtime}`,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    LAMBDA_TASK_ROOT: sources.taskDirectory,
    LAMBDA_RUNTIME_DIR: sources.runtimes,
    _HANDLER: settings.Handler,
  }
}
