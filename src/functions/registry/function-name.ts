/** The ways to name a function (Lambda API Reference, "CreateFunction", FunctionName). */
import { formatArn, type ArnScope } from '../../lib/arn.ts'
import { lambdaError } from './lambda-error.ts'

/** A function, and which of its versions is meant: `$LATEST`, a number, or an alias. */
export interface FunctionReference {
  functionName: string
  /** Absent when the caller named none. */
  qualifier?: string
}

const name =
  /^(?:arn:aws:lambda:([a-z\d-]+):(\d{12}):function:|(?:(\d{12}):)?(?:function:)?)([\w.-]+)(?::(\$LATEST|[\w-]+))?$/

/** Where a function of that name is, as far as the name says; `undefined` when it is no name of a function. */
function readName(text: string) {
  const match = name.exec(text)
  if (!match) return undefined
  const [, region, arnAccount, account, functionName = '', qualifier] = match
  return { region, accountId: arnAccount ?? account, functionName, qualifier }
}

/**
 * Reads a name, a partial ARN (`<account>:function:<name>`), or an ARN, each with or without a qualifier.
 * @throws {AwsError} `ResourceNotFoundException` for a function of another account or region;
 * `InvalidParameterValueException` when the name's own qualifier is not the given one
 */
export function parseFunctionName(scope: ArnScope, text: string, qualifier?: string): FunctionReference {
  const read = readName(text)
  if (!read) throw lambdaError('InvalidParameterValueException', `${text} is no name of a function`)
  const { region = scope.region, accountId = scope.accountId, functionName } = read
  if (region !== scope.region || accountId !== scope.accountId)
    throw lambdaError('ResourceNotFoundException', `Function not found: ${text}`)
  const wanted = qualifier === '' ? undefined : qualifier
  if (wanted !== undefined && read.qualifier !== undefined && wanted !== read.qualifier)
    throw lambdaError(
      'InvalidParameterValueException',
      'The derived qualifier from the function name does not match the specified qualifier.',
    )
  const chosen = wanted ?? read.qualifier
  return { functionName, ...(chosen !== undefined && { qualifier: chosen }) }
}

/**
 * The name of a function as a whole, in all the ways that `parseFunctionName` reads.
 * @throws {AwsError} `InvalidParameterValueException` when one of its versions or aliases is named
 */
export function parseWholeFunction(scope: ArnScope, text: string, refusal = wholeFunctionsOnly): string {
  const { functionName, qualifier } = parseFunctionName(scope, text)
  if (qualifier === undefined) return functionName
  throw lambdaError('InvalidParameterValueException', refusal)
}

const wholeFunctionsOnly =
  'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.'

export function functionArn(scope: ArnScope, { functionName, qualifier }: FunctionReference): string {
  const suffix = qualifier === undefined ? '' : `:${qualifier}`
  const { region, accountId } = scope
  return formatArn({ service: 'lambda', region, accountId, resource: `function:${functionName}${suffix}` })
}

/**
 * The ARN that IAM decides about where an operation works on the version or alias that is named, or on the function.
 * What is no name of a function is given as it is, so that nothing matches it.
 */
export function qualifiedArn(scope: ArnScope, text: string, qualifier?: string): string {
  const read = readName(text)
  if (!read) return functionArn(scope, { functionName: text })
  const { region = scope.region, accountId = scope.accountId, functionName } = read
  const chosen = qualifier === '' ? read.qualifier : (qualifier ?? read.qualifier)
  return functionArn(
    { region, accountId },
    { functionName, ...(chosen !== undefined && { qualifier: chosen }) },
  )
}

/** As `qualifiedArn`, where an operation works on the function as a whole, whatever qualifier it is named with. */
export function wholeArn(scope: ArnScope, text: string): string {
  const read = readName(text)
  if (!read) return functionArn(scope, { functionName: text })
  const { region = scope.region, accountId = scope.accountId, functionName } = read
  return functionArn({ region, accountId }, { functionName })
}
