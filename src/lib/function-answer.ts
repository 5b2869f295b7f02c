/** What a Lambda function returned, or how it failed. */
import { JsonError, isJsonObject, parseLenientJson, type JsonValue } from './lenient-json.ts'

const limits = { maxLength: 1024 * 1024, maxDepth: 32 }

/** Undefined for what is no JSON. */
export function readFunctionAnswer(payload: Uint8Array): JsonValue | undefined {
  try {
    return parseLenientJson(Buffer.from(payload).toString(), limits)
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause
    return undefined
  }
}

/** Lambda's description of what a function threw; its own words alone, which may be long. */
export function describeFunctionError(said: JsonValue | undefined): string {
  const text = isJsonObject(said) ? said['errorMessage'] : undefined
  return typeof text === 'string' ? `it failed: ${text.slice(0, 300)}` : 'it failed'
}
