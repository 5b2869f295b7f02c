/** Reads what devices send, as JSON or CBOR. Source: AWS IoT Developer Guide, "Device provisioning MQTT API". */
import { CborError, decodeCbor } from '../../lib/cbor.ts'
import { JsonError, isJsonObject, parseLenientJson, type JsonObject } from '../../lib/lenient-json.ts'
import { findParameterFault } from '../hooks/index.ts'
import { refusals } from './claim-refusal.ts'
import type { PayloadFormat } from './claim-topics.ts'

const maxBytes = 64 * 1024
const maxDepth = 4

/** @throws {ClaimRefusal} */
export function readDocument(payload: Uint8Array, format: PayloadFormat): JsonObject {
  if (payload.length === 0) return {}
  const document = format === 'json' ? readJson(payload) : readCbor(payload)
  if (isJsonObject(document)) return document
  throw refusals.malformed(`the payload must be ${format === 'json' ? 'a JSON object' : 'a CBOR map'}`)
}

function readJson(payload: Uint8Array) {
  if (payload.length > maxBytes) throw refusals.malformed(`the payload is over ${maxBytes} bytes`)
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(payload)
    return parseLenientJson(text, { maxLength: maxBytes, maxDepth })
  } catch (cause) {
    if (!(cause instanceof JsonError || cause instanceof TypeError)) throw cause
    throw refusals.malformed(`the payload is not JSON: ${cause.message}`)
  }
}

function readCbor(payload: Uint8Array) {
  try {
    return decodeCbor(payload, { maxBytes, maxDepth })
  } catch (cause) {
    if (!(cause instanceof CborError)) throw cause
    throw refusals.malformed(`the payload is not CBOR: ${cause.message}`)
  }
}

/** @throws {ClaimRefusal} */
export function readCsr({ certificateSigningRequest: csr }: JsonObject): string {
  if (typeof csr === 'string' && csr !== '') return csr
  throw refusals.badCsr('certificateSigningRequest must be a PEM text')
}

/** @throws {ClaimRefusal} */
export function readToken({ certificateOwnershipToken: token }: JsonObject): string {
  if (token === undefined || token === null || token === '') throw refusals.tokenMissing()
  if (typeof token === 'string') return token
  throw refusals.badToken('it is not text')
}

/** Values by parameter name. @throws {ClaimRefusal} */
export function readParameters({ parameters = {} }: JsonObject): Map<string, string> {
  if (parameters === null) return new Map()
  if (!isJsonObject(parameters)) throw refusals.malformed('parameters must be texts by their names')
  const fault = findParameterFault(parameters)
  if (fault !== undefined) throw refusals.malformed(`parameters: ${fault}`)
  return new Map(Object.entries(parameters) as [string, string][])
}
