/**
 * Which operation of a service a request names: by method and path (rest-json), by `X-Amz-Target` (json), by
 * `Action` (query), or by the end of its path (cbor).
 */
import type { Operation, ServiceModel } from './model.ts'
import { parseTarget, decodePercent, type QueryParameters, type WireRequest } from './wire.ts'

export interface Match {
  operation: Operation
  /** Decoded URI labels by name. */
  labels: ReadonlyMap<string, string>
}

const noLabels: ReadonlyMap<string, string> = new Map()

/** `parameters` are the form of a query protocol's request. */
export function findOperation(
  model: ServiceModel,
  request: WireRequest,
  parameters: ReadonlyMap<string, string>,
): Match | undefined {
  if (model.protocol === 'rest-json') return findRoute(model, request)
  const name = nameIn(model, request, parameters)
  const operation = name === undefined ? undefined : model.operations.get(name)
  return operation && { operation, labels: noLabels }
}

function nameIn(
  { protocol }: ServiceModel,
  request: WireRequest,
  parameters: ReadonlyMap<string, string>,
): string | undefined {
  if (protocol === 'json') return targetOf(request)
  if (protocol === 'query') return parameters.get('Action')
  return /^\/service\/[^/]+\/operation\/([^/]+)$/.exec(request.path)?.[1]
}

/** The part after the dot: `CreateLogGroup` of `Logs_20140328.CreateLogGroup`. */
function targetOf({ headers }: WireRequest): string | undefined {
  const target = headers['x-amz-target']
  return target?.slice(target.lastIndexOf('.') + 1)
}

type Segment = { literal: string } | { label: string; isGreedy: boolean }

interface Route {
  operation: Operation
  segments: readonly Segment[]
  /** A topic's own slashes may come as they are, and one at its end is part of it. */
  endsInTopic: boolean
  /** Parameters that the model fixes, e.g. `find=LayerVersion`. */
  query: QueryParameters
}

/** Routes by method and first segment, the most specific first: there are hundreds, and a few begin alike. */
type RouteTable = ReadonlyMap<string, readonly Route[]>

/** Stands for a first segment that is a label. A path cannot hold it: braces are escaped there, or it would name the same routes. */
const anySegment = '{}'

const keyOf = (method: string, first: string) => `${method} ${first}`

const tables = new WeakMap<ServiceModel, RouteTable>()

function findRoute(model: ServiceModel, { method, path, query }: WireRequest): Match | undefined {
  const table = tables.get(model) ?? buildTable(model)
  tables.set(model, table)
  const parts = split(path)
  for (const first of [parts[0] ?? '', anySegment])
    // a literal goes before a label
    for (const { operation, segments, endsInTopic, query: fixed } of table.get(keyOf(method, first)) ?? []) {
      const isFixedMet = fixed.entries().every(([name, values]) => query.get(name)?.[0] === values[0])
      const labels = isFixedMet && matchSegments(segments, endsInTopic ? splitAll(path) : parts)
      if (labels) return { operation, labels: decodeLabels(labels) }
    }
  return undefined
}

function buildTable(model: ServiceModel): RouteTable {
  const routes = [...model.operations.values()].map((operation): Route => {
    const { path, query } = parseTarget(operation.requestUri)
    const endsInTopic = path.endsWith('/{topic}')
    const template = endsInTopic ? path.replace(/\}$/, '+}') : path
    return { operation, query, endsInTopic, segments: split(template).map(parseSegment) }
  })
  return Map.groupBy(routes.toSorted(compareRoutes), ({ operation, segments: [first] }) =>
    keyOf(operation.method, first && 'literal' in first ? first.literal : anySegment),
  )
}

/** A slash at the end changes nothing: clients write /functions and /functions/. */
const split = (path: string): string[] => splitAll(path.replace(/\/$/, ''))

const splitAll = (path: string): string[] => path.replace(/^\//, '').split('/')

function parseSegment(text: string): Segment {
  const label = /^\{(.+?)(\+?)\}$/.exec(text)
  if (!label) return { literal: text }
  return { label: label[1] ?? '', isGreedy: label[2] === '+' }
}

/** A literal goes before a label, a label before a greedy one; the first difference decides. */
function compareRoutes(left: Route, right: Route): number {
  const length = Math.max(left.segments.length, right.segments.length)
  for (let index = 0; index < length; index += 1) {
    const difference = rank(left.segments[index]) - rank(right.segments[index])
    if (difference !== 0) return difference
  }
  return right.query.size - left.query.size
}

function rank(segment: Segment | undefined): number {
  if (!segment) return 3
  if ('literal' in segment) return 0
  return segment.isGreedy ? 2 : 1
}

/** Raw values of the labels, or `undefined` when the path is another one. A label is never empty. */
function matchSegments(
  segments: readonly Segment[],
  parts: readonly string[],
): Map<string, string> | undefined {
  const labels = new Map<string, string>()
  let at = 0
  for (const [index, segment] of segments.entries()) {
    const rest = segments.length - index - 1
    const end = 'isGreedy' in segment && segment.isGreedy ? parts.length - rest : at + 1
    const text = parts.slice(at, end).join('/')
    if (end > parts.length || end <= at) return undefined
    if ('literal' in segment ? segment.literal !== text : text === '') return undefined
    if ('label' in segment) labels.set(segment.label, text)
    at = end
  }
  return at === parts.length ? labels : undefined
}

function decodeLabels(labels: Map<string, string>): Map<string, string> {
  for (const [name, text] of labels) labels.set(name, decodePercent(text, `the label ${name}`))
  return labels
}
