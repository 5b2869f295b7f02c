/**
 * Values of RPC v2 CBOR: as in JSON, but times have tag 1, and numbers with a fraction are floats even when they are whole.
 * Source: Smithy 2.0, "Smithy RPC v2 CBOR protocol".
 */
import { CborError, CborFloat, CborTime, decodeCbor, encodeCbor, type CborValue } from '../../../lib/cbor.ts'
import type { Shape, StructureShape } from '../model.ts'
import { MalformedRequestError } from '../wire.ts'
import { readJson } from './json-values.ts'
import { toEpochSeconds } from './timestamps.ts'

const maxBytes = 16 * 1024 * 1024 // what the port takes is less
const maxDepth = 32

/** Whoever speaks it looks for both. */
export const cborHeaders = { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' }

/** @throws {MalformedRequestError} when it is no CBOR, or a value is not of the type that the model asks for */
export function readCborBody(shape: StructureShape, body: Uint8Array): Record<string, unknown> {
  if (body.length === 0) return {}
  return (readJson(shape, decode(body), '') ?? {}) as Record<string, unknown>
}

function decode(body: Uint8Array): CborValue {
  try {
    return decodeCbor(body, { maxBytes, maxDepth, takesTimes: true })
  } catch (cause) {
    if (cause instanceof CborError) throw new MalformedRequestError(`the body is no CBOR: ${cause.message}`)
    throw cause
  }
}

export const writeCborBody = (shape: StructureShape, output: unknown): Uint8Array =>
  encodeCbor(toCbor(shape, output))

/** Keeps only what the shape knows; `undefined` members are left out. */
function toCbor(shape: Shape, value: unknown): unknown {
  if (value == null) return undefined
  switch (shape.type) {
    case 'structure': {
      const members = value as Record<string, unknown>
      return Object.fromEntries(
        [...shape.members.values()].map(({ name, wireName, shape: target }) => [
          wireName,
          toCbor(target, members[name]),
        ]),
      )
    }
    case 'list':
      return (value as unknown[]).map((item) => toCbor(shape.member, item) ?? null)
    case 'map':
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toCbor(shape.value, item)]))
    case 'timestamp':
      return new CborTime(toEpochSeconds(value as Date))
    case 'double':
    case 'float':
      return new CborFloat(value as number)
    case 'blob':
    case 'string':
    case 'boolean':
    case 'integer':
    case 'long':
      return value
  }
}
