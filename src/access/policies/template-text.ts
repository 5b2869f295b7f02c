/**
 * Texts of policies with wildcards and variables in them.
 * Sources: IAM User Guide, "IAM policy elements: Variables and tags"; AWS IoT Developer Guide, "Policy
 * variables" and "X.509 certificate policy variable limitations".
 */
import type { Lookup } from './document.ts'

/** Any number of characters, and exactly one. */
export const anyText: unique symbol = Symbol('*')
export const anyCharacter: unique symbol = Symbol('?')

export interface Variable {
  name: string
  /** From `${name, 'fallback'}`. */
  fallback?: string
}

/** What is left when variables have their values. */
export type Token = string | typeof anyText | typeof anyCharacter
export type TextPart = Token | Variable

export const isVariable = (part: TextPart): part is Variable => typeof part === 'object'

export interface TextSyntax {
  /** `*` and `?` are wildcards. */
  hasWildcards: boolean
  /** `${name}` is replaced, and `${*}`, `${?}`, `${$}` are the characters themselves. */
  hasVariables: boolean
}

/** Splits the text up; neighbouring parts are never both strings. */
export function parseText(text: string, { hasWildcards, hasVariables }: TextSyntax): TextPart[] {
  const parts: TextPart[] = []
  let plain = ''
  const add = (part: TextPart) => {
    if (plain !== '') parts.push(plain)
    plain = ''
    parts.push(part)
  }
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? ''
    const end = hasVariables && text.startsWith('${', at) ? text.indexOf('}', at) : -1
    if (end !== -1) {
      const inside = text.slice(at + 2, end)
      if (inside === '*' || inside === '?' || inside === '$') plain += inside
      else add(parseVariable(inside))
      at = end
    } else if (hasWildcards && character === '*') add(anyText)
    else if (hasWildcards && character === '?') add(anyCharacter)
    else plain += character
  }
  if (plain !== '') parts.push(plain)
  return parts
}

function parseVariable(inside: string): Variable {
  const match = /^([^,]*),\s*'([^']*)'\s*$/.exec(inside)
  if (!match) return { name: inside.trim() }
  const [, name = '', fallback = ''] = match
  return { name: name.trim(), fallback }
}

/**
 * Puts the values in. They are literal text: a `*` in a value is the character, not a wildcard.
 * `undefined` when a variable has no value, or one that must not be put in: such a text matches nothing.
 */
export function expandText(parts: readonly TextPart[], lookup: Lookup): Token[] | undefined {
  const tokens: Token[] = []
  for (const part of parts) {
    if (!isVariable(part)) tokens.push(part)
    else {
      const value = variableValue(part, lookup)
      if (value === undefined) return undefined
      tokens.push(value)
    }
  }
  return tokens
}

/** As `expandText`, for a person: what has no value stays `${name}`. */
export function renderText(parts: readonly TextPart[], lookup: Lookup): string {
  return parts
    .map((part) => {
      if (part === anyText) return '*'
      if (part === anyCharacter) return '?'
      return isVariable(part) ? (variableValue(part, lookup) ?? `\${${part.name}}`) : part
    })
    .join('')
}

const maxValueLength = 1024

/**
 * The value to put in for a variable; several values cannot be put in.
 * What a certificate says is not trusted: a value with a character that means something in a policy or a topic
 * filter stays out, and so does an overlong one. The client id has no such limit: it is matched literally, and
 * AWS tells operators to restrict it by `iot:Connect`.
 * assumed: attributes of names, which conditions compare escaped, are put in without their backslashes
 */
function variableValue({ name, fallback }: Variable, lookup: Lookup): string | undefined {
  const value = lookup(name)
  if (typeof value !== 'string') return value === undefined ? fallback : undefined
  const [isCertified, isOfName] =
    /^iot:certificate\.((?:subject|issuer)\.(?!alternativename\.))?/i.exec(name) ?? []
  if (isCertified === undefined) return value
  const plain = isOfName === undefined ? value : value.replaceAll(/\\(.)/gs, '$1')
  return plain.length > maxValueLength || /[*$+?#]/.test(plain) ? undefined : plain
}
