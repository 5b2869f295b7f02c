/**
 * Policy documents of a template. Values of parameters are put into the strings of a parsed document, never into
 * its text, so a value can add neither JSON nor wildcards nor policy variables.
 */
import { createHash } from 'node:crypto'
import { JsonError, parseLenientJson } from '../../lib/lenient-json.ts'
import { PolicyDocumentError, parsePolicyDocument } from '../../access/policies/index.ts'
import { evaluateText, type ParameterValues } from './evaluate.ts'
import { checkedLiteral, functionOf, parseTextExpression, type Expression, type Names } from './expression.ts'
import { toObject } from './json-shape.ts'
import { TemplateError } from './template-error.ts'
import { checkedValue, policyValueRule } from './value-rules.ts'

/** A document with its name when nothing varies, else its JSON text cut where values go. */
export type PolicyDocumentTemplate =
  | { kind: 'constant'; text: string; policyName: string }
  | { kind: 'varying'; pieces: readonly (string | Expression)[]; place: string }

const maxDocumentCharacters = 10_240
const maxDepth = 20

/**
 * Reads a document that stands as text or as a JSON object, and checks it as CreatePolicy would.
 * @throws {TemplateError} when it is no policy document, or a value would stand elsewhere than in Resource or Condition
 */
export function parseDocumentTemplate(json: unknown, place: string, names: Names): PolicyDocumentTemplate {
  if (typeof json !== 'string') toObject(json, place)
  const slots: Expression[] = []
  const isText = typeof json === 'string' || functionOf(json) !== undefined
  const text = isText
    ? documentText(parseTextExpression(json, place, { ...names, isPolicy: true }), slots)
    : undefined
  if (text !== undefined && slots.length === 0) return constantDocument(text, place)
  const tree = text === undefined ? json : parseSlottedText(text, place)
  const marked = markSlots(tree, { names: { ...names, isPolicy: true }, slots, path: [], place })
  const markedText = JSON.stringify(marked)
  if (slots.length === 0) return constantDocument(markedText, place)
  checkDocument(sampleOf(markedText), place)
  return { kind: 'varying', pieces: cutAtSlots(markedText, slots, place), place }
}

/** @throws {TemplateError} when a value could change what the policy means */
export function renderDocument(document: PolicyDocumentTemplate, values: ParameterValues) {
  if (document.kind === 'constant') return { policyDocument: document.text, policyName: document.policyName }
  let text = ''
  for (const piece of document.pieces) {
    if (typeof piece === 'string') text += piece
    else text += inJsonString(checkedValue(evaluateText(piece, values), policyValueRule, document.place))
  }
  return { policyDocument: text, policyName: nameOfDocument(text) }
}

/** The name of a policy that the template does not name. assumed: the SHA-1 of the document, as AWS's examples look. */
function nameOfDocument(text: string): string {
  return createHash('sha1').update(text).digest('hex').toUpperCase()
}

function constantDocument(text: string, place: string): PolicyDocumentTemplate {
  checkDocument(checkedLiteral(text, place), place)
  return { kind: 'constant', text, policyName: nameOfDocument(text) }
}

/** Characters that are not white space (AWS General Reference, "AWS IoT Core policy limits"). */
const maxCountedCharacters = 2048

function checkDocument(text: string, place: string): void {
  const length = text.replaceAll(/\s/g, '').length
  if (length > maxCountedCharacters) {
    throw new TemplateError(
      place,
      `has ${length} characters without white space; a policy has at most ${maxCountedCharacters}`,
    )
  }
  try {
    parsePolicyDocument(text, 'iot')
  } catch (cause) {
    if (!(cause instanceof PolicyDocumentError)) throw cause
    throw new TemplateError(place, cause.message)
  }
}

// A slot is written as its number between two private-use characters, which JSON leaves as they are.
const slotStart = '\ue000'
const slotEnd = '\ue001'
const slotPattern = /\ue000(\d+)\ue001/g

function documentText(expression: Expression, slots: Expression[]): string {
  const parts = expression.kind === 'concat' ? expression.parts : [expression]
  return parts.map((part) => (part.kind === 'text' ? part.value : addSlot(part, slots))).join('')
}

function addSlot(expression: Expression, slots: Expression[]): string {
  slots.push(expression)
  return `${slotStart}${slots.length - 1}${slotEnd}`
}

function parseSlottedText(text: string, place: string): unknown {
  try {
    return parseLenientJson(text, { maxLength: maxDocumentCharacters, maxDepth })
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause
    throw new TemplateError(
      place,
      `is not JSON; a value may only stand inside a string of it (${cause.message})`,
    )
  }
}

interface MarkScope {
  names: Names
  slots: Expression[]
  path: readonly string[]
  place: string
}

/** The tree with each function call, and each text that varies, replaced by a string that holds slots. */
function markSlots(node: unknown, scope: MarkScope): unknown {
  const place = [scope.place, ...scope.path].join('.')
  if (scope.path.length > maxDepth) throw new TemplateError(scope.place, 'is nested too deeply')
  if (typeof node === 'string') return markString(node, scope, place)
  if (Array.isArray(node)) {
    return node.map((item: unknown, index) =>
      markSlots(item, { ...scope, path: [...scope.path, String(index)] }),
    )
  }
  if (typeof node !== 'object' || node === null) return node
  if (functionOf(node) !== undefined) {
    const text = documentText(parseTextExpression(node, place, scope.names), scope.slots)
    if (text.includes(slotStart)) checkSlotPath(scope.path, place)
    return text
  }
  const marked = Object.create(null) as Record<string, unknown>
  for (const [key, value] of Object.entries(node)) {
    if (key.includes(slotStart))
      throw new TemplateError(place, 'a value may not stand in the name of a member')
    marked[key] = markSlots(value, { ...scope, path: [...scope.path, key] })
  }
  return marked
}

function markString(text: string, { path }: MarkScope, place: string): string {
  if (text.includes(slotStart)) checkSlotPath(path, place)
  return checkedLiteral(text, place)
}

/** assumed: a device's values choose what a policy is about, never what it allows. */
function checkSlotPath([top, ...inner]: readonly string[], place: string): void {
  const member = inner.find((key) => !/^\d+$/.test(key)) ?? ''
  if (top === 'Statement' && ['Resource', 'NotResource', 'Condition'].includes(member)) return
  throw new TemplateError(
    place,
    'the value of a parameter may stand in Resource, NotResource, and Condition only',
  )
}

/** The document with harmless values in its slots, for checking the rest. */
function sampleOf(markedText: string): string {
  return markedText.replaceAll(/"\ue000\d+\ue001"/g, '"*"').replaceAll(slotPattern, 'x')
}

function cutAtSlots(markedText: string, slots: readonly Expression[], place: string) {
  return markedText.split(slotPattern).map((piece, index): string | Expression => {
    if (index % 2 === 0) return piece
    const slot = slots[Number(piece)]
    if (!slot) throw new TemplateError(place, 'holds characters of the private use area')
    return slot
  })
}

function inJsonString(value: string): string {
  return JSON.stringify(value).slice(1, -1)
}
