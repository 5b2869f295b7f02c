/** Values of the language. Source: AWS IoT Developer Guide, "Data types". */
import type { Decimal } from './decimal.ts'

/** `undefined` is the language's Undefined; `Uint8Array` a payload that is not JSON, of use to few functions. */
export type Value = undefined | null | boolean | string | Decimal | Uint8Array | ArrayValue | ObjectValue
export type ArrayValue = readonly Value[]
/** A Map, so no name in it is special. */
export type ObjectValue = ReadonlyMap<string, Value>

export const isArray = (value: Value): value is ArrayValue => Array.isArray(value)
export const isObject = (value: Value): value is ObjectValue => value instanceof Map
