/** Reads request state documents. Source: AWS IoT Developer Guide, "Device Shadow service documents". */
import type { ShadowLimits } from '../limits.ts'
import { shadowErrors } from '../shadow-error.ts'
import { isArray, isObject, memberOf, parseJson, type Json, type JsonObject } from './json.ts'

export type Section = 'desired' | 'reported'
export const sections: readonly Section[] = ['desired', 'reported']

export interface UpdateRequest {
  /** As it was sent; null empties the shadow. */
  state: JsonObject | null
  /** The version that the shadow must have. */
  version?: number
  clientToken?: string
}

type Limits = Pick<ShadowLimits, 'maxDepth' | 'maxClientTokenBytes' | 'maxPayloadBytes'>

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** @throws {ShadowError} */
export function parseUpdate(payload: Uint8Array, limits: Limits): UpdateRequest {
  const document = parseDocument(payload, limits)
  const clientToken = readClientToken(document, limits)
  const version = readVersion(document)
  return {
    state: readState(document, limits),
    ...(version !== undefined && { version }),
    ...(clientToken !== undefined && { clientToken }),
  }
}

/** The client token of any request that has one: what else is in it does not matter. */
export function findClientToken(payload: Uint8Array, limits: Limits): string | undefined {
  if (payload.length === 0) return undefined
  try {
    return readClientToken(parseDocument(payload, limits), limits)
  } catch {
    return undefined // whether the request is readable is for those to judge who need more of it
  }
}

function parseDocument(payload: Uint8Array, { maxPayloadBytes }: Limits): JsonObject {
  if (payload.length > maxPayloadBytes) throw shadowErrors.tooLarge()
  const document = parseText(decode(payload))
  if (!isObject(document)) throw shadowErrors.invalidJson()
  return document
}

function decode(payload: Uint8Array): string {
  try {
    return utf8.decode(payload)
  } catch {
    throw shadowErrors.unsupportedEncoding()
  }
}

function parseText(text: string): Json {
  try {
    return parseJson(text)
  } catch {
    throw shadowErrors.invalidJson()
  }
}

/** assumed: null is as good as nothing here and for the version. */
function readClientToken(document: JsonObject, { maxClientTokenBytes }: Limits): string | undefined {
  const token = memberOf(document, 'clientToken') ?? undefined
  if (token === undefined) return undefined
  if (typeof token !== 'string' || Buffer.byteLength(token) > maxClientTokenBytes)
    throw shadowErrors.invalidClientToken()
  return token
}

function readVersion(document: JsonObject): number | undefined {
  const version = memberOf(document, 'version') ?? undefined
  if (version === undefined) return undefined
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 0)
    throw shadowErrors.invalidVersion()
  return version
}

function readState(document: JsonObject, { maxDepth }: Limits): JsonObject | null {
  const state = memberOf(document, 'state')
  if (state === undefined) throw shadowErrors.stateMissing()
  if (state === null) return null
  if (!isObject(state)) throw shadowErrors.stateNotObject()
  for (const [name, section] of Object.entries(state)) {
    if (!isSection(name)) throw shadowErrors.invalidNode(name)
    if (section === null) continue
    if (!isObject(section)) throw shadowErrors.sectionNotObject(name)
    for (const value of Object.values(section))
      checkValue(value, { levels: maxDepth, maxDepth, isItem: false })
  }
  return state
}

const isSection = (name: string): name is Section => name === 'desired' || name === 'reported'

/** `levels`: how many more of them there may be. Nothing in an array may be null, at any depth. */
function checkValue(value: Json, place: { levels: number; maxDepth: number; isItem: boolean }): void {
  const { levels, maxDepth } = place
  if (value === null && place.isItem) throw shadowErrors.invalidNode()
  if (!isArray(value) && !isObject(value)) return
  if (levels === 0) throw shadowErrors.tooDeep(maxDepth)
  const isItem = place.isItem || isArray(value)
  for (const member of Object.values(value)) checkValue(member, { levels: levels - 1, maxDepth, isItem })
}
