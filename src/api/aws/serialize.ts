/** A handler's output to the response that the operation's protocol asks for. */
import type { Member, Operation, ServiceModel, StructureShape } from './model.ts'
import { cborHeaders, writeCborBody } from './protocols/cbor-values.ts'
import { writeJson } from './protocols/json-values.ts'
import { writeXmlOutput } from './protocols/query-xml.ts'
import { toHttpDate } from './protocols/timestamps.ts'
import type { WireResponse } from './wire.ts'

type Output = Readonly<Record<string, unknown>>

export function writeOutput(
  model: ServiceModel,
  operation: Operation,
  { output, requestId }: { output: unknown; requestId: string },
): WireResponse {
  const members = (output ?? {}) as Output
  if (model.protocol === 'query') {
    const body = writeXmlOutput(operation, members, { namespace: model.xmlNamespace, requestId })
    return { status: 200, headers: { 'content-type': 'text/xml' }, body }
  }
  if (model.protocol === 'json') {
    const body = operation.output ? JSON.stringify(writeJson(operation.output, members)) : ''
    return { status: 200, headers: { 'content-type': `application/x-amz-json-${model.jsonVersion}` }, body }
  }
  if (model.protocol === 'cbor') {
    const body = operation.output ? writeCborBody(operation.output, members) : ''
    return { status: 200, headers: cborHeaders, body }
  }
  return writeRestOutput(operation, members)
}

function writeRestOutput({ output: shape, responseCode }: Operation, output: Output): WireResponse {
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (!shape) return { status: responseCode, headers, body: '' }
  let status = responseCode
  for (const member of shape.members.values()) {
    const value = output[member.name]
    if (value == null) continue
    if (member.location === 'statusCode') status = Number(value)
    if (member.location === 'header') headers[member.wireName.toLowerCase()] = toHeader(member, value)
  }
  const body = writeBody(shape, output)
  return { status, headers, body: status === 204 ? '' : body }
}

function writeBody(shape: StructureShape, output: Output): string | Uint8Array {
  const payload = shape.payload === undefined ? undefined : shape.members.get(shape.payload)
  if (!payload) return JSON.stringify(writeJson(shape, output))
  const value = output[payload.name]
  if (value == null) return ''
  if (payload.shape.type === 'blob' || payload.shape.type === 'string') return value as string | Uint8Array
  return JSON.stringify(writeJson(payload.shape, value))
}

/** A header holds one line, whatever a handler gives. */
function toHeader({ isJsonValue, shape }: Member, value: unknown): string {
  if (isJsonValue) return Buffer.from(String(value)).toString('base64')
  if (shape.type === 'timestamp' && value instanceof Date) return toHttpDate(value)
  return String(value).replaceAll(/[^\t\u0020-\u007E\u0080-\u00FF]/g, '')
}
