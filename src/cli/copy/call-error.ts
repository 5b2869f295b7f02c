/** A call of one end that failed, told with the operation's name. */
import { causeText } from '../../lib/cause-text.ts'
import { CommandError } from '../command.ts'

/** Nothing that follows could succeed: whoever calls is not known, or nobody answers. */
const endsAll = new Set([
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
])

export class CallError extends Error {
  override readonly name = 'CallError'
  /** AWS's name of the error, e.g. `AccessDeniedException`. */
  readonly code: string
  readonly endsAll: boolean

  /** `operation` of the API, e.g. `ListThings`. */
  constructor(operation: string, where: string, cause: unknown) {
    const { name = 'Error', $metadata } = cause as { name?: string; $metadata?: { httpStatusCode?: number } }
    super(`${operation} at ${where}: ${name}: ${causeText(cause)}`, { cause })
    this.code = name
    this.endsAll = $metadata?.httpStatusCode === undefined || endsAll.has(name)
  }
}

/**
 * The error's text, for what goes on without this one.
 * @throws when nothing that follows could succeed
 */
export function textOfFailure(error: unknown): string {
  if (!(error instanceof CallError)) throw error
  if (error.endsAll)
    throw new CommandError(`${error.message}\nWhat was copied stays; the same command goes on from there.`)
  return error.message
}

/** `undefined` for what is not there. @throws whatever else went wrong */
export async function unlessAbsent<Value>(work: Promise<Value>): Promise<Value | undefined> {
  try {
    return await work
  } catch (error) {
    if (error instanceof CallError && error.code === 'ResourceNotFoundException') return undefined
    throw error
  }
}
