/**
 * What a call was asked, as it may be kept: no secrets, and never much. What is secret the model says (`sensitive`), and
 * names say where the model does not.
 */
import type { Shape, StructureShape } from '../../api/aws/model.ts'

/** As CloudTrail writes it. */
const hidden = 'HIDDEN_DUE_TO_SECURITY_REASONS'

const maxTextCharacters = 256
const maxItems = 10
const maxDepth = 6
const maxBytes = 4096

/**
 * `headers` and `clientProperties` of rule actions may hold credentials of other services, and what a client would show
 * to a custom authorizer is made of them.
 */
const secretNames =
  /password|passphrase|secret(?!s?(?:name|id|arn)$)|private_?key$|credentials?$|^(?:headers|httpcontext|mqttcontext|clientproperties|sas[lt]\w*)$|(?<!next|client|request|continuation|clientrequest)token$|tokencode$|mfacode$|authenticationcode\d?$|signature$|seed$/i

/** Names as CloudTrail has them, with a small letter in front. */
export function toParameters(
  input: Readonly<Record<string, unknown>>,
  shape?: StructureShape,
): object | undefined {
  const parameters = ofStructure(input, shape, 0)
  if (Object.keys(parameters).length === 0) return undefined
  const { length } = JSON.stringify(parameters)
  return length <= maxBytes ? parameters : { omitted: true, originalSize: length, reason: 'too large' }
}

function ofStructure(
  input: Readonly<Record<string, unknown>>,
  shape: StructureShape | undefined,
  depth: number,
): Record<string, unknown> {
  const kept: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined) continue
    const member = shape?.members.get(name)?.shape
    kept[name.charAt(0).toLowerCase() + name.slice(1)] = secretNames.test(name)
      ? hidden
      : toKept(value, member, depth)
  }
  return kept
}

function toKept(value: unknown, shape: Shape | undefined, depth: number): unknown {
  if (shape?.isSensitive) return hidden
  if (typeof value === 'string') return cut(value)
  if (value instanceof Uint8Array) return `${value.byteLength} bytes`
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (typeof value !== 'object' || value === null) return value
  if (depth >= maxDepth) return '…'
  if (Array.isArray(value)) return ofList(value, shape?.type === 'list' ? shape.member : undefined, depth + 1)
  if (shape?.type === 'map') return ofMap(value, shape.value, depth + 1)
  return ofStructure(
    value as Record<string, unknown>,
    shape?.type === 'structure' ? shape : undefined,
    depth + 1,
  )
}

function ofList(items: readonly unknown[], member: Shape | undefined, depth: number): unknown[] {
  const kept = items.slice(0, maxItems).map((item) => toKept(item, member, depth))
  return items.length > maxItems ? [...kept, `… ${items.length} in all`] : kept
}

function ofMap(map: object, value: Shape, depth: number): Record<string, unknown> {
  const entries = map instanceof Map ? [...(map as Map<string, unknown>)] : Object.entries(map)
  return Object.fromEntries(
    entries
      .slice(0, maxItems)
      .map(([key, one]) => [cut(key), secretNames.test(key) ? hidden : toKept(one, value, depth)]),
  )
}

const cut = (text: string) =>
  text.length > maxTextCharacters ? `${text.slice(0, maxTextCharacters)}…` : text
