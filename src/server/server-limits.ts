/** Limits of the device ports that an operator has set: a JSON object of the names in docs/limits.md. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { ConfigError, flagOf } from './config.ts'
import { defaultLimits, type GatewayLimits } from '../gateway/ports/index.ts'
import { defaultAdmissionLimits, type AdmissionLimits } from '../onboarding/admission/index.ts'
import { defaultClaimLimits, type ClaimLimits } from '../onboarding/claims/index.ts'
import { defaultSessionLimits, type SessionLimits } from '../messaging/sessions/index.ts'
import { causeText } from '../lib/cause-text.ts'

/** What a rate or a pace of 0 switches off; anything else of 0 would let nobody in. */
const mayBeZero =
  /PerSecond|^max.*Aliases$|^persistentSessionSeconds$|^maxSessionExpirySeconds$|^renewalOverlapSeconds$/

/** MQTT 5.0 2.2.1 (packet ids); AWS General Reference, "message broker" (expiry of sessions). */
const most: Record<string, number> = {
  maxUnacknowledged: 65_535,
  maxTopicAliases: 65_535,
  maxKeepAliveSeconds: 65_535,
  maxStoredMessages: 60_000,
  maxSessionExpirySeconds: 604_800,
  persistentSessionSeconds: 604_800,
  firstConnectionHoldMs: 300_000,
  renewalOverlapSeconds: 31 * 86_400,
}

function numbersOf(limits: object) {
  const entries = Object.keys(limits).map((name) => {
    const number = z.number().max(most[name] ?? Number.MAX_SAFE_INTEGER)
    return [name, (mayBeZero.test(name) ? number.nonnegative() : number.positive()).optional()] as const
  })
  return Object.fromEntries(entries)
}

/** By the part of the server that they belong to. */
export const limitDefaults: AllLimits = {
  gateway: defaultLimits,
  sessions: defaultSessionLimits,
  admission: defaultAdmissionLimits,
  claims: defaultClaimLimits,
}

const schema = z.strictObject(
  Object.assign({}, ...Object.values(limitDefaults).map(numbersOf)) as ReturnType<typeof numbersOf>,
)

interface AllLimits {
  gateway: GatewayLimits
  sessions: SessionLimits
  admission: AdmissionLimits
  claims: ClaimLimits
}

/** What an operator has set. */
export type ServerLimits = { [Part in keyof AllLimits]: Partial<AllLimits[Part]> }

/**
 * What the file sets; nothing without a file.
 * @throws {ConfigError} naming each limit that is unknown or not a number in its bounds
 */
export function loadLimits(file: string | undefined): ServerLimits {
  if (file === undefined) return { gateway: {}, sessions: {}, admission: {}, claims: {} }
  const parsed = schema.safeParse(readJson(file))
  if (parsed.success)
    return {
      gateway: pick(parsed.data, limitDefaults.gateway),
      sessions: pick(parsed.data, limitDefaults.sessions),
      admission: pick(parsed.data, limitDefaults.admission),
      claims: pick(parsed.data, limitDefaults.claims),
    }
  const lines = parsed.error.issues.map(({ path, message }) => `${[file, ...path].join(': ')}: ${message}`)
  throw new ConfigError(lines.join('\n'))
}

function pick<Limits extends object>(given: object, names: Limits): Partial<Limits> {
  const entries = Object.entries(given).filter(([name]) => Object.hasOwn(names, name))
  return Object.fromEntries(entries) as Partial<Limits>
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    const text = causeText(cause)
    throw new ConfigError(`${flagOf('limits')}: ${file} cannot be read as JSON: ${text}`, { cause })
  }
}
