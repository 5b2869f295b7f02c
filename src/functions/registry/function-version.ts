/** A function as it is, or was when a version was published. */
import type * as Lambda from '@aws-sdk/client-lambda'
import type { ArnScope } from '../../lib/arn.ts'
import { functionArn } from './function-name.ts'

export const latest = '$LATEST'

/** What a caller sets; members as AWS names them. */
export interface FunctionSettings {
  Role: string
  Runtime: Lambda.Runtime
  Handler: string
  Description: string
  /** Seconds. */
  Timeout: number
  /** MB. */
  MemorySize: number
  /** Of `/tmp`; in MB. */
  EphemeralStorage: { Size: number }
  Architectures: Lambda.Architecture[]
  TracingConfig: { Mode: Lambda.TracingMode }
  /** Absent when the function has no variables. */
  Environment?: { Variables: Record<string, string> }
  /** Absent for `/aws/lambda/<name>`. */
  LogGroup?: string
}

export interface FunctionCode {
  /** Names the archive in the code store. */
  codeId: string
  /** Base64 of the archive's SHA-256. */
  sha256: string
  /** Bytes. */
  size: number
}

export interface FunctionVersion {
  accountId: string
  functionName: string
  /** `$LATEST` or a number. */
  version: string
  settings: FunctionSettings
  code: FunctionCode
  /** Changes with every change of settings or code. */
  revisionId: string
  modifiedAt: Date
}

export function logGroupOf({ functionName, settings }: FunctionVersion): string {
  return settings.LogGroup ?? `/aws/lambda/${functionName}`
}

/** `qualifier` is what the ARN ends with; none for the function itself. */
export function toConfiguration(
  scope: ArnScope,
  version: FunctionVersion,
  qualifier?: string,
): Lambda.FunctionConfiguration {
  const { functionName, settings, code } = version
  const { Environment, LogGroup: _group, ...plain } = settings
  return {
    ...plain,
    ...(Environment && { Environment }),
    FunctionName: functionName,
    FunctionArn: functionArn(scope, { functionName, ...(qualifier !== undefined && { qualifier }) }),
    CodeSha256: code.sha256,
    CodeSize: code.size,
    Version: version.version,
    RevisionId: version.revisionId,
    LastModified: version.modifiedAt.toISOString().replace('Z', '+0000'),
    PackageType: 'Zip',
    // assumed: a function is ready when the call that made it is answered
    State: 'Active',
    LastUpdateStatus: 'Successful',
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: { LogFormat: 'Text', LogGroup: logGroupOf(version) },
  }
}
