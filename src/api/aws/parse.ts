/** A request to the input of an operation's handler, by the bindings of the model. */
import type { Member, StructureShape } from './model.ts'
import { readCborBody } from './protocols/cbor-values.ts'
import { parseJson, readBlob, readJson } from './protocols/json-values.ts'
import { readForm, readScalar } from './protocols/query-form.ts'
import type { Protocol } from './model.ts'
import type { Match } from './router.ts'
import { decodeText, type QueryParameters, type WireRequest } from './wire.ts'

/** `parameters` are the form of a query protocol's request. */
export interface Incoming {
  request: WireRequest
  match: Match
  parameters: ReadonlyMap<string, string>
}

/**
 * Members that the request does not give are absent; `validate.ts` refuses the required ones.
 * @throws {MalformedRequestError} when a value is not of the type that the model asks for
 */
export function parseInput(
  protocol: Protocol,
  { request, match, parameters }: Incoming,
): Record<string, unknown> {
  const shape = match.operation.input
  if (!shape) return {}
  if (protocol === 'query') return readForm(shape, parameters)
  if (protocol === 'cbor') return readCborBody(shape, request.body)
  if (protocol === 'json') return readJsonBody(shape, request.body)
  return { ...readBody(shape, request.body), ...readBindings(shape, request, match.labels) }
}

function readJsonBody(shape: StructureShape, body: Uint8Array): Record<string, unknown> {
  if (body.length === 0) return {}
  return (readJson(shape, parseJson(decodeText(body)), '') ?? {}) as Record<string, unknown>
}

function readBody(shape: StructureShape, body: Uint8Array): Record<string, unknown> {
  const payload = shape.payload === undefined ? undefined : shape.members.get(shape.payload)
  if (!payload) return [...shape.members.values()].some(isInBody) ? readJsonBody(shape, body) : {}
  if (body.length === 0) return {}
  if (payload.shape.type === 'blob') return { [payload.name]: body }
  const text = decodeText(body)
  if (payload.shape.type === 'string') return { [payload.name]: text }
  return { [payload.name]: readJson(payload.shape, parseJson(text), payload.name) }
}

const isInBody = ({ location }: Member) => location === undefined

function readBindings(
  shape: StructureShape,
  request: WireRequest,
  labels: ReadonlyMap<string, string>,
): Record<string, unknown> {
  const input: Record<string, unknown> = {}
  for (const member of shape.members.values()) {
    const value = member.location && readBinding(member, request, labels)
    if (value !== undefined) input[member.name] = value
  }
  return input
}

function readBinding(member: Member, request: WireRequest, labels: ReadonlyMap<string, string>): unknown {
  const { location, wireName } = member
  if (location === 'querystring') return readQuery(member, request.query)
  if (location === 'headers') return readHeaders(wireName.toLowerCase(), request.headers)
  const text = location === 'uri' ? labels.get(wireName) : request.headers[wireName.toLowerCase()]
  if (text === undefined) return undefined
  return member.isJsonValue ? readJsonHeader(text, member.name) : readScalar(member.shape, text, member.name)
}

/** JSON that travels in base64; handlers see its text. */
function readJsonHeader(text: string, name: string): string {
  const json = decodeText(readBlob(text, name))
  parseJson(json)
  return json
}

function readHeaders(prefix: string, headers: WireRequest['headers']): Record<string, string> {
  const result = Object.create(null) as Record<string, string>
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && name.startsWith(prefix)) result[name.slice(prefix.length)] = value
  }
  return result
}

function readQuery({ shape, wireName, name }: Member, query: QueryParameters): unknown {
  const values = query.get(wireName)
  if (shape.type === 'list') return values?.map((value) => readScalar(shape.member, value, name))
  const [value] = values ?? []
  return value === undefined ? undefined : readScalar(shape, value, name)
}
