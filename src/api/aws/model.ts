/**
 * The AWS API models of `models/<service>.json` (botocore's format), linked so that a shape is reached without a
 * look-up by name. Everything that depends on an operation's wire form asks here.
 */
import { readFileSync } from 'node:fs'

/** By the name of its file in `models/`. */
export type ServiceName =
  | 'iot'
  | 'iot-data'
  | 'iot-jobs-data'
  | 'iam'
  | 'sts'
  | 'lambda'
  | 'logs'
  | 'cloudtrail'
  | 'cloudwatch'
  | 'organizations'

export type Protocol = 'rest-json' | 'json' | 'query' | 'cbor'

type Location = 'uri' | 'querystring' | 'header' | 'headers' | 'statusCode'

/** A named place in a structure. */
export interface Member {
  name: string
  /** The name on the wire: of the URI label, query parameter, header, or body member. */
  wireName: string
  shape: Shape
  isRequired: boolean
  /** Absent: in the body. */
  location?: Location
  /** A header whose value is JSON in base64. */
  isJsonValue: boolean
}

interface ShapeBase {
  name: string
  /** Its value must not appear in messages. */
  isSensitive: boolean
}

export interface StructureShape extends ShapeBase {
  type: 'structure'
  members: ReadonlyMap<string, Member>
  /** The member that is the whole body. */
  payload?: string
  /** Present on the errors of a service. */
  error?: { code: string; httpStatusCode: number }
}
export interface ListShape extends ShapeBase, Bounds {
  type: 'list'
  member: Shape
}
export interface MapShape extends ShapeBase, Bounds {
  type: 'map'
  key: Shape
  value: Shape
}
export interface StringShape extends ShapeBase, Bounds {
  type: 'string'
  values?: ReadonlySet<string>
  /** As the model writes it: Java's syntax, meant for the whole string. */
  pattern?: string
}
interface NumberShape extends ShapeBase, Bounds {
  type: 'integer' | 'long' | 'double' | 'float'
}
interface BlobShape extends ShapeBase, Bounds {
  type: 'blob'
}
interface PlainShape extends ShapeBase {
  type: 'boolean' | 'timestamp'
}
/** Length, number of items, or value, by the kind of the shape. Both ends belong to it. */
export interface Bounds {
  min?: number
  max?: number
}
export type Shape = StructureShape | ListShape | MapShape | StringShape | NumberShape | BlobShape | PlainShape

export interface Operation {
  name: string
  method: string
  /** With `{label}` and `{greedy+}`, and a fixed query where the model has one. */
  requestUri: string
  /** The status of a success. */
  responseCode: number
  input?: StructureShape
  output?: StructureShape
  /** The element around a query protocol's output. */
  resultWrapper?: string
}

export interface ServiceModel {
  service: ServiceName
  /** The one that is spoken; of several the one that clients speak who do not say. */
  protocol: Protocol
  /** All that its clients may speak: newer ones speak another than older ones. */
  protocols: readonly Protocol[]
  /** Of bodies in JSON. */
  jsonVersion: string
  /** Whatever protocol it is, errors are told by the names of the query protocol too. */
  isQueryCompatible: boolean
  /** The prefix of its IAM actions, e.g. `iot` in `iot:CreateThing`. */
  actionPrefix: string
  xmlNamespace: string
  operations: ReadonlyMap<string, Operation>
  /** Error shapes by shape name and by code on the wire. */
  errors: ReadonlyMap<string, StructureShape>
}

interface RawMember {
  shape: string
  location?: Location
  locationName?: string
  jsonvalue?: boolean
}
interface RawShape extends Bounds {
  type: Shape['type']
  members?: Record<string, RawMember>
  required?: string[]
  member?: RawMember
  key?: RawMember
  value?: RawMember
  enum?: string[]
  pattern?: string
  payload?: string
  sensitive?: boolean
  exception?: boolean
  fault?: boolean
  error?: { code?: string; httpStatusCode?: number }
}
interface RawOperation {
  name: string
  http: { method: string; requestUri: string; responseCode?: number }
  input?: { shape: string }
  output?: { shape: string; resultWrapper?: string }
}
/** As botocore names them. */
type WireProtocol = Exclude<Protocol, 'cbor'> | 'smithy-rpc-v2-cbor'
interface RawModel {
  metadata: {
    protocol: WireProtocol
    protocols?: WireProtocol[]
    jsonVersion?: string
    xmlNamespace?: string
    awsQueryCompatible?: object
  }
  operations: Record<string, RawOperation>
  shapes: Record<string, RawShape>
}

/** AWS Service Authorization Reference. */
const actionPrefixes: Record<ServiceName, string> = {
  iot: 'iot',
  'iot-data': 'iot',
  'iot-jobs-data': 'iotjobsdata',
  iam: 'iam',
  sts: 'sts',
  lambda: 'lambda',
  logs: 'logs',
  cloudtrail: 'cloudtrail',
  cloudwatch: 'cloudwatch',
  organizations: 'organizations',
}

export const isServiceName = (name: string): name is ServiceName => Object.hasOwn(actionPrefixes, name)

const models = new Map<ServiceName, ServiceModel>()

/** Reads the model's file at the first call for a service; later calls cost nothing. */
export function getModel(service: ServiceName): ServiceModel {
  const known = models.get(service)
  if (known) return known
  const file = new URL(`../../../models/${service}.json`, import.meta.url)
  const model = linkModel(service, JSON.parse(readFileSync(file, 'utf8')) as RawModel)
  models.set(service, model)
  return model
}

function linkModel(service: ServiceName, raw: RawModel): ServiceModel {
  const { metadata } = raw
  const protocols = (metadata.protocols ?? [metadata.protocol]).map(toProtocol)
  const shapes = linkShapes(raw.shapes)
  const operations = Object.values(raw.operations).map((operation): [string, Operation] => [
    operation.name,
    linkOperation(operation, shapes),
  ])
  const errors = new Map<string, StructureShape>()
  for (const shape of shapes.values()) {
    if (shape.type !== 'structure' || !shape.error) continue
    errors.set(shape.name, shape)
    if (!errors.has(shape.error.code)) errors.set(shape.error.code, shape)
  }
  return {
    service,
    protocol: protocols.at(-1) ?? toProtocol(metadata.protocol),
    protocols,
    jsonVersion: metadata.jsonVersion ?? '1.1',
    isQueryCompatible: metadata.awsQueryCompatible !== undefined,
    actionPrefix: actionPrefixes[service],
    xmlNamespace: metadata.xmlNamespace ?? '',
    operations: new Map(operations),
    errors,
  }
}

const toProtocol = (name: WireProtocol): Protocol => (name === 'smithy-rpc-v2-cbor' ? 'cbor' : name)

function linkOperation({ name, http, input, output }: RawOperation, shapes: Map<string, Shape>): Operation {
  const structure = (reference: { shape: string } | undefined) => {
    const shape = reference && shapes.get(reference.shape)
    return shape?.type === 'structure' ? shape : undefined
  }
  const inputShape = structure(input)
  const outputShape = structure(output)
  return {
    name,
    method: http.method,
    requestUri: http.requestUri,
    responseCode: http.responseCode ?? 200,
    ...(inputShape && { input: inputShape }),
    ...(outputShape && { output: outputShape }),
    ...(output?.resultWrapper !== undefined && { resultWrapper: output.resultWrapper }),
  }
}

/** Shapes may contain themselves, so all exist before any is filled. */
function linkShapes(raw: Record<string, RawShape>): Map<string, Shape> {
  const shapes = new Map<string, Shape>()
  for (const name of Object.keys(raw)) shapes.set(name, {} as Shape)
  const find = ({ shape: name }: { shape: string }) => {
    const shape = shapes.get(name)
    if (!shape) throw new Error(`the model has no shape ${name}`)
    return shape
  }
  for (const [name, shape] of Object.entries(raw)) {
    Object.assign(find({ shape: name }), linkShape(name, shape, find))
  }
  return shapes
}

function linkShape(name: string, raw: RawShape, find: (reference: RawMember) => Shape): Shape {
  const base = { name, isSensitive: raw.sensitive ?? false }
  const bounds = {
    ...(raw.min !== undefined && { min: raw.min }),
    ...(raw.max !== undefined && { max: raw.max }),
  }
  const { type } = raw
  if (type === 'structure') return linkStructure(name, raw, find)
  if (type === 'list') return { ...base, ...bounds, type, member: find(raw.member ?? { shape: '' }) }
  if (type === 'map') {
    return {
      ...base,
      ...bounds,
      type,
      key: find(raw.key ?? { shape: '' }),
      value: find(raw.value ?? { shape: '' }),
    }
  }
  if (type === 'boolean' || type === 'timestamp') return { ...base, type }
  if (type !== 'string') return { ...base, ...bounds, type }
  return {
    ...base,
    ...bounds,
    type,
    ...(raw.enum && { values: new Set(raw.enum) }),
    ...(raw.pattern !== undefined && { pattern: raw.pattern }),
  }
}

function linkStructure(name: string, raw: RawShape, find: (reference: RawMember) => Shape): StructureShape {
  const required = new Set(raw.required)
  const members = Object.entries(raw.members ?? {}).map(([member, reference]): [string, Member] => [
    member,
    {
      name: member,
      wireName: reference.locationName ?? member,
      shape: find(reference),
      isRequired: required.has(member),
      isJsonValue: reference.jsonvalue ?? false,
      ...(reference.location && { location: reference.location }),
    },
  ])
  // A service without statuses in its model (logs) answers 400 for the caller's faults and 500 for its own.
  const httpStatusCode = raw.error?.httpStatusCode ?? (raw.fault ? 500 : 400)
  return {
    name,
    isSensitive: raw.sensitive ?? false,
    type: 'structure',
    members: new Map(members),
    ...(raw.payload !== undefined && { payload: raw.payload }),
    ...(raw.exception && { error: { code: raw.error?.code ?? name, httpStatusCode } }),
  }
}
