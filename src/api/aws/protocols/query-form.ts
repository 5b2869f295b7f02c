/**
 * Forms of the query protocol (`Tags.member.1.Key=a&Tags.member.1.Value=b`) to the values that handlers see.
 * Source: Smithy 2.0, "AWS query protocol".
 */
import type { ListShape, MapShape, Shape, StructureShape } from '../model.ts'
import { decodePercent, decodeText, MalformedRequestError, type WireRequest } from '../wire.ts'
import { readBlob } from './json-values.ts'
import { parseTimestamp } from './timestamps.ts'

const maxParameters = 10_000
const maxDepth = 32

/**
 * The parameters of body and query string; the body's go first.
 * @throws {MalformedRequestError} when the body is no form, or has more than 10,000 parameters
 */
export function parseForm({ query, body }: WireRequest): ReadonlyMap<string, string> {
  const form = new Map<string, string>()
  for (const [name, values] of query) form.set(name, values[0] ?? '')
  const pairs = decodeText(body).split('&')
  if (pairs.length > maxParameters)
    throw new MalformedRequestError(`the form has more than ${maxParameters} parameters`)
  for (const pair of pairs) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = equals === -1 ? pair : pair.slice(0, equals)
    form.set(decodeForm(name), equals === -1 ? '' : decodeForm(pair.slice(equals + 1)))
  }
  return form
}

const decodeForm = (text: string) => decodePercent(text.replaceAll('+', ' '), 'the form')

/** The parameters as a tree over the dots in their names. */
interface Node {
  value?: string
  children: Map<string, Node>
}

/** @throws {MalformedRequestError} naming the parameter that is not of its type */
export function readForm(shape: StructureShape, form: ReadonlyMap<string, string>): Record<string, unknown> {
  const root: Node = { children: new Map() }
  for (const [name, value] of form) {
    const steps = name.split('.')
    if (steps.length > maxDepth)
      throw new MalformedRequestError(`a parameter has more than ${maxDepth} levels`)
    let node = root
    for (const step of steps) {
      const child: Node = node.children.get(step) ?? { children: new Map() }
      node.children.set(step, child)
      node = child
    }
    node.value = value
  }
  return readStructure(shape, root, '')
}

function readNode(shape: Shape, node: Node, place: string): unknown {
  switch (shape.type) {
    case 'structure':
      return readStructure(shape, node, place)
    case 'list':
      return readList(shape, node, place)
    case 'map':
      return readMap(shape, node, place)
    case 'string':
    case 'blob':
    case 'boolean':
    case 'timestamp':
    case 'integer':
    case 'long':
    case 'double':
    case 'float':
      return node.value === undefined ? undefined : readScalar(shape, node.value, place)
  }
}

function readStructure(shape: StructureShape, node: Node, place: string): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const { name, wireName, shape: target } of shape.members.values()) {
    const child = node.children.get(wireName)
    const value = child && readNode(target, child, place === '' ? name : `${place}.${name}`)
    if (value !== undefined) result[name] = value
  }
  return result
}

/** `Tags.member.1`, `Tags.member.2`; `Tags=` is an empty list. */
function readList(shape: ListShape, node: Node, place: string): unknown[] {
  return numbered(node.children.get('member')).map((item, index) =>
    readNode(shape.member, item, `${place}[${index}]`),
  )
}

/** `Attributes.entry.1.key`, `Attributes.entry.1.value`. */
function readMap(shape: MapShape, node: Node, place: string): Record<string, unknown> {
  const result = Object.create(null) as Record<string, unknown>
  for (const entry of numbered(node.children.get('entry'))) {
    const key = entry.children.get('key')?.value
    const value = entry.children.get('value')
    if (key !== undefined && value) result[key] = readNode(shape.value, value, `${place}.${key}`)
  }
  return result
}

function numbered(node: Node | undefined): Node[] {
  return [...(node?.children ?? [])]
    .filter(([index]) => /^\d{1,6}$/.test(index))
    .toSorted(([left], [right]) => Number(left) - Number(right))
    .map(([, item]) => item)
}

/**
 * Text from a form, a label, a header, or a query string.
 * @throws {MalformedRequestError} naming `place` and the type that was expected there
 */
export function readScalar(shape: Shape, text: string, place: string): unknown {
  switch (shape.type) {
    case 'boolean':
      if (text !== 'true' && text !== 'false') throw mismatch(place, 'true or false')
      return text === 'true'
    case 'integer':
    case 'long':
      if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(Number(text)))
        throw mismatch(place, 'a whole number')
      return Number(text)
    case 'double':
    case 'float':
      if (text.trim() === '' || !Number.isFinite(Number(text))) throw mismatch(place, 'a number')
      return Number(text)
    case 'timestamp': {
      const date = parseTimestamp(text)
      if (!date) throw mismatch(place, 'a time')
      return date
    }
    case 'blob':
      return readBlob(text, place)
    case 'string':
      return text
    case 'structure':
    case 'list':
    case 'map':
      throw mismatch(place, 'one value')
  }
}

const mismatch = (place: string, expected: string) =>
  new MalformedRequestError(`${place} must be ${expected}, got text that is not`)
