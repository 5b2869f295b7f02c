/** What the function of a custom authorizer says. Source: AWS IoT Developer Guide, "Defining your Lambda function". */
import {
  compilePolicy,
  parsePolicyDocument,
  PolicyDocumentError,
  type CompiledPolicy,
} from '../../access/policies/index.ts'
import { readFunctionAnswer } from '../../lib/function-answer.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/lenient-json.ts'

export interface AuthorizerAnswer {
  isAuthenticated: true
  /** 1 to 128 letters and digits. */
  principalId: string
  /** JSON texts, at most ten. */
  policyDocuments: readonly string[]
  policies: readonly CompiledPolicy[]
  /** 300 to 86,400. */
  disconnectAfterInSeconds: number
  refreshAfterInSeconds: number
}

/** The answer cannot be taken; the message names the member. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError'
}

const maxDocuments = 10
/** Of one document, without white space. */
const maxDocumentLength = 2048
const seconds = { least: 300, most: 86_400 }

/**
 * `false` when it says that the client is not authenticated: then nothing else is looked at.
 * @throws {AnswerError}
 */
export function parseAnswer(payload: Uint8Array): AuthorizerAnswer | false {
  const said = readFunctionAnswer(payload)
  if (said === undefined) throw new AnswerError('the answer must be JSON')
  if (!isJsonObject(said)) throw new AnswerError('the answer must be an object')
  const { isAuthenticated } = said
  if (typeof isAuthenticated !== 'boolean')
    throw new AnswerError(`isAuthenticated must be true or false, got ${show(isAuthenticated)}`)
  if (!isAuthenticated) return false
  const policyDocuments = readDocuments(said)
  return {
    isAuthenticated,
    principalId: readPrincipalId(said),
    policyDocuments,
    policies: policyDocuments.map(compile),
    disconnectAfterInSeconds: readSeconds(said, 'disconnectAfterInSeconds'),
    refreshAfterInSeconds: readSeconds(said, 'refreshAfterInSeconds'),
  }
}

function readPrincipalId({ principalId }: JsonObject): string {
  if (typeof principalId === 'string' && /^[a-zA-Z0-9]{1,128}$/.test(principalId)) return principalId
  throw new AnswerError(`principalId must be 1 to 128 letters and digits, got ${show(principalId)}`)
}

/** Each is an object, or the text of one. */
function readDocuments({ policyDocuments = null }: JsonObject): string[] {
  if (!Array.isArray(policyDocuments))
    throw new AnswerError(`policyDocuments must be a list, got ${show(policyDocuments)}`)
  if (policyDocuments.length > maxDocuments)
    throw new AnswerError(`policyDocuments holds at most ${maxDocuments}, got ${policyDocuments.length}`)
  return policyDocuments.map((document, index) => {
    const text = typeof document === 'string' ? document : JSON.stringify(document)
    const { length } = text.replaceAll(/\s/g, '')
    if (length <= maxDocumentLength) return text
    throw new AnswerError(
      `policyDocuments[${index}] has ${length} characters without white space, at most ${maxDocumentLength} are allowed`,
    )
  })
}

function compile(document: string, index: number): CompiledPolicy {
  const place = `policyDocuments[${index}]`
  try {
    return compilePolicy(parsePolicyDocument(document, 'iot'), place)
  } catch (cause) {
    if (cause instanceof PolicyDocumentError) throw new AnswerError(`${place}: ${cause.message}`)
    throw cause
  }
}

/** assumed: without a value it is the most. */
function readSeconds(said: JsonObject, member: string): number {
  const value = said[member] ?? seconds.most
  const isInRange =
    typeof value === 'number' && Number.isInteger(value) && value >= seconds.least && value <= seconds.most
  if (isInRange) return value
  throw new AnswerError(
    `${member} must be a whole number from ${seconds.least} to ${seconds.most}, got ${show(value)}`,
  )
}

/** A function's own mistake, so it may be shown, but not at any length. */
const show = (value: JsonValue | undefined): string =>
  value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 100)
