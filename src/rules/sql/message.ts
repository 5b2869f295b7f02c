/** What a statement is evaluated on. */
import { parseJson } from './values/json.ts'
import type { SqlVersion } from './syntax/syntax-tree.ts'
import { isArray, isObject, type Value } from './values/value.ts'

/** MQTT 5 properties of the message. */
interface RuleMessageProperties {
  contentType?: string
  responseTopic?: string
  correlationData?: Uint8Array
  /** True for UTF-8 text. */
  payloadFormatIndicator?: boolean
  userProperties?: readonly (readonly [name: string, value: string])[]
}

/** Everything from outside the payload; nothing else is asked for. */
export interface RuleContext {
  accountId: string
  now: Date
  /** From 0 to less than 1. */
  random: () => number
  uuid: () => string
  /** Absent when the message did not come over MQTT, like `traceId`. */
  clientId?: string
  traceId?: string
  principal?: string
  sourceIp?: string
  properties?: RuleMessageProperties
  /**
   * Runs a function that was `offered` at parse time, such as `get_thing_shadow`: JSON text, or undefined.
   * To fail the rule throw an SqlEvaluationError; anything else thrown passes through `evaluateQuery`, so a
   * caller that must wait first can throw, fetch, and evaluate again.
   */
  callExternal?: (name: string, args: readonly (string | undefined)[]) => string | undefined
}

/** Hand the same object to all rules, so its payload is parsed once. */
export interface RuleMessage {
  /** Never written to. */
  payload: Uint8Array
  topic: string
  context: RuleContext
}

interface Bodies {
  settled?: { value: Value }
  exact?: { value: Value }
}

const bodies = new WeakMap<RuleMessage, Bodies>()

/** An object or array; for an empty payload undefined; the bytes when they are no JSON object or array. */
export function bodyOf(message: RuleMessage, version: SqlVersion): Value {
  const known = bodies.get(message) ?? {}
  bodies.set(message, known)
  const key = version === '2015-10-08' ? 'exact' : 'settled'
  known[key] ??= { value: parseBody(message.payload, key === 'settled') }
  return known[key].value
}

function parseBody(payload: Uint8Array, settles: boolean): Value {
  if (payload.length === 0) return undefined
  const text = decodeText(payload)
  const parsed = text === undefined ? undefined : parseJson(text, { settles })
  return parsed && (isObject(parsed.value) || isArray(parsed.value)) ? parsed.value : payload
}

/** Undefined for bytes that are not UTF-8. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined // any bytes may be published
  }
}
