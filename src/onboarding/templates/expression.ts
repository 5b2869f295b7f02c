/**
 * Values of a provisioning template: text, lists of text, and the intrinsic functions.
 * Source: AWS IoT Developer Guide, "Provisioning templates" (the functions are described for fleet provisioning;
 * here every kind of template may use them).
 */
import { describe, toArray, toObject, toText } from './json-shape.ts'
import { TemplateError, quoted } from './template-error.ts'

export type Expression =
  | { kind: 'text'; value: string }
  | { kind: 'list'; items: readonly Expression[] }
  | { kind: 'parameter'; name: string; place: string }
  | { kind: 'concat'; parts: readonly Expression[] }
  | { kind: 'join'; separator: string; items: Expression }
  | { kind: 'select'; index: Expression; items: Expression; place: string }
  | { kind: 'split'; separator: string; text: Expression }
  | { kind: 'find'; mapping: Mapping; keys: readonly [Expression, Expression]; place: string }

/** Two levels of keys, then text or a list of text. */
export type Mapping = ReadonlyMap<string, ReadonlyMap<string, string | readonly string[]>>

/** The names that expressions may use. */
export interface Names {
  /** Notes that the parameter is referred to at `place`. @throws {TemplateError} when there can be none of that name */
  refer: (name: string, place: string) => void
  mappings: ReadonlyMap<string, Mapping>
  /** True inside a policy document, where `${iot:...}` belongs to the policy. */
  isPolicy?: boolean
}

type ParseFunction = (json: unknown, place: string, names: Names) => Expression

const functions: ReadonlyMap<string, ParseFunction> = new Map([
  ['Ref', parseRef],
  ['Fn::Join', parseJoin],
  ['Fn::Select', parseSelect],
  ['Fn::Split', parseSplit],
  ['Fn::FindInMap', parseFindInMap],
  ['Fn::Sub', parseSub],
])
const functionNames = [...functions.keys()].join(', ')

/** The only key of a function call, e.g. `Ref`; undefined for any other JSON. */
export function functionOf(json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined
  const keys = Object.keys(json)
  return keys.find((key) => key === 'Ref' || key.startsWith('Fn::'))
}

/** @throws {TemplateError} for what is neither text, a number, true or false, nor a function call that gives text */
export function parseTextExpression(json: unknown, place: string, names: Names): Expression {
  const expression = parseExpression(json, place, names)
  if (expression.kind === 'list' || expression.kind === 'split') {
    throw new TemplateError(place, 'must be text, got a list (Fn::Join or Fn::Select makes text of it)')
  }
  return expression
}

/** @throws {TemplateError} for what is neither a list of texts nor a function call that gives one */
export function parseListExpression(json: unknown, place: string, names: Names): Expression {
  if (Array.isArray(json)) {
    const items = json.map((item: unknown, index) => parseTextExpression(item, `${place}[${index}]`, names))
    return { kind: 'list', items }
  }
  const expression = parseExpression(json, place, names)
  if (expression.kind !== 'split' && expression.kind !== 'find') {
    throw new TemplateError(place, 'must be a list, or a function that gives one (Fn::Split, Fn::FindInMap)')
  }
  return expression
}

function parseExpression(json: unknown, place: string, names: Names): Expression {
  if (typeof json === 'string') return { kind: 'text', value: checkedLiteral(json, place) }
  // assumed: numbers, true, and false stand for their text
  if (typeof json === 'number' || typeof json === 'boolean') return { kind: 'text', value: String(json) }
  const name = functionOf(json)
  if (name === undefined) {
    throw new TemplateError(place, `must be text or a function (${functionNames}), got ${describe(json)}`)
  }
  const call = toObject(json, place)
  const parse = functions.get(name)
  if (!parse)
    throw new TemplateError(place, `there is no function ${quoted(name)}; known are ${functionNames}`)
  if (call.size > 1) throw new TemplateError(place, `${name} must be the only member of its object`)
  return parse(call.get(name), `${place}.${name}`, names)
}

/** @throws {TemplateError} for a template variable that only `Fn::Sub` would replace */
export function checkedLiteral(text: string, place: string): string {
  if (text.includes('${AWS::IoT::')) {
    throw new TemplateError(
      place,
      'holds "${AWS::IoT::…", which only Fn::Sub replaces; wrap the text in {"Fn::Sub": …}',
    )
  }
  return text
}

function parseRef(json: unknown, place: string, names: Names): Expression {
  return parameter(toText(json, place), place, names)
}

function parameter(name: string, place: string, names: Names): Expression {
  names.refer(name, place)
  return { kind: 'parameter', name, place }
}

function parseJoin(json: unknown, place: string, names: Names): Expression {
  const [separator, items] = toPair(json, place, 'a separator and a list')
  const list = parseListExpression(items, `${place}[1]`, names)
  const text = toText(separator, `${place}[0]`)
  if (list.kind !== 'list') return { kind: 'join', separator: text, items: list }
  const parts = list.items.flatMap((item, index): Expression[] =>
    index === 0 || text === '' ? [item] : [{ kind: 'text', value: text }, item],
  )
  return concat(parts)
}

function parseSelect(json: unknown, place: string, names: Names): Expression {
  const [index, items] = toPair(json, place, 'an index and a list')
  const list = parseListExpression(items, `${place}[1]`, names)
  const which = parseTextExpression(index, `${place}[0]`, names)
  if (which.kind === 'text' && list.kind === 'list') {
    return selected(list.items, which.value, place)
  }
  return { kind: 'select', index: which, items: list, place }
}

/** @throws {TemplateError} when the list has no such item */
export function selected<Item>(items: readonly Item[], index: string, place: string): Item {
  const item = /^\d{1,6}$/.test(index) ? items[Number(index)] : undefined
  if (item === undefined) {
    throw new TemplateError(
      place,
      `there is no item ${quoted(index)} in a list of ${items.length} (the first is 0)`,
    )
  }
  return item
}

function parseSplit(json: unknown, place: string, names: Names): Expression {
  const [separator, text] = toPair(json, place, 'a separator and a text')
  const by = toText(separator, `${place}[0]`)
  if (by === '') throw new TemplateError(`${place}[0]`, 'the separator is empty')
  return { kind: 'split', separator: by, text: parseTextExpression(text, `${place}[1]`, names) }
}

function parseFindInMap(json: unknown, place: string, names: Names): Expression {
  const items = toArray(json, place)
  if (items.length !== 3)
    throw new TemplateError(place, 'must be a list of map name, first key, and second key')
  const name = toText(items[0], `${place}[0]`)
  const mapping = names.mappings.get(name)
  if (!mapping) throw new TemplateError(`${place}[0]`, `there is no map ${quoted(name)} in Mappings`)
  const first = parseTextExpression(items[1], `${place}[1]`, names)
  const second = parseTextExpression(items[2], `${place}[2]`, names)
  if (first.kind === 'text' && second.kind === 'text') {
    const value = found(mapping, [first.value, second.value], place)
    if (typeof value === 'string') return { kind: 'text', value }
    return { kind: 'list', items: value.map((text) => ({ kind: 'text', value: text })) }
  }
  return { kind: 'find', mapping, keys: [first, second], place }
}

/** @throws {TemplateError} naming the key that the map does not have */
export function found(
  mapping: Mapping,
  [first, second]: readonly [string, string],
  place: string,
): string | readonly string[] {
  const inner = mapping.get(first)
  if (!inner) throw new TemplateError(place, `the map has no key ${quoted(first)}`)
  const value = inner.get(second)
  if (value === undefined)
    throw new TemplateError(place, `the map has no key ${quoted(second)} under ${quoted(first)}`)
  return value
}

function parseSub(json: unknown, place: string, names: Names): Expression {
  if (typeof json === 'string') return substitution(json, place, { names, variables: new Map() })
  const [text, values] = toPair(json, place, 'a text and an object of variables')
  const variables = new Map<string, Expression>()
  for (const [name, value] of toObject(values, `${place}[1]`)) {
    variables.set(name, parseTextExpression(value, `${place}[1].${name}`, names))
  }
  return substitution(toText(text, `${place}[0]`), `${place}[0]`, { names, variables })
}

interface SubScope {
  names: Names
  variables: ReadonlyMap<string, Expression>
}

/** `${Name}` is replaced; `${!Name}` stands for the literal `${Name}`, as in AWS CloudFormation. */
function substitution(text: string, place: string, { names, variables }: SubScope): Expression {
  const parts: Expression[] = []
  let end = 0
  for (const match of text.matchAll(/\$\{([^}]*)\}/g)) {
    const [whole, inner = ''] = match
    parts.push({ kind: 'text', value: text.slice(end, match.index) })
    end = match.index + whole.length
    const name = inner.trim()
    const variable = variables.get(name)
    if (variable) parts.push(variable)
    else if (inner.startsWith('!')) parts.push({ kind: 'text', value: `\${${inner.slice(1)}}` })
    else if (names.isPolicy && isPolicyVariable(name)) parts.push({ kind: 'text', value: whole })
    else parts.push(parameter(name, place, names))
  }
  parts.push({ kind: 'text', value: text.slice(end) })
  return concat(parts)
}

/** assumed: variables of the policy language stay as they are when `Fn::Sub` writes a policy document. */
function isPolicyVariable(name: string): boolean {
  return /^(?:iot|aws):[A-Za-z]|^[*?$]$/.test(name)
}

/** Joins neighbouring texts, so what is constant ends up as one text. */
function concat(parts: readonly Expression[]): Expression {
  const merged: Expression[] = []
  for (const part of parts.flatMap((one) => (one.kind === 'concat' ? one.parts : [one]))) {
    const last = merged.at(-1)
    if (part.kind === 'text' && last?.kind === 'text') {
      merged[merged.length - 1] = { kind: 'text', value: last.value + part.value }
    } else if (part.kind !== 'text' || part.value !== '') merged.push(part)
  }
  const [only = { kind: 'text', value: '' }] = merged
  return merged.length > 1 ? { kind: 'concat', parts: merged } : only
}

function toPair(json: unknown, place: string, what: string): readonly [unknown, unknown] {
  const items = toArray(json, place)
  if (items.length !== 2) throw new TemplateError(place, `must be a list of ${what}`)
  return [items[0], items[1]]
}
