/** Limits of the device ports that an operator has set: a JSON object of the names in docs/limits.md. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { ConfigError, flagOf } from './config.ts'
import { defaultLimits, type GatewayLimits } from './gateway/index.ts'
import { defaultSessionLimits, type SessionLimits } from './sessions/index.ts'

const numberOf = (names: object) =>
  Object.fromEntries(Object.keys(names).map((name) => [name, z.number().nonnegative().optional()]))
const schema = z.strictObject({ ...numberOf(defaultLimits), ...numberOf(defaultSessionLimits) })

export interface ServerLimits {
  gateway: Partial<GatewayLimits>
  sessions: Partial<SessionLimits>
}

/**
 * What the file sets; nothing without a file.
 * @throws {ConfigError} naming each limit that is unknown or not a number of at least 0
 */
export function loadLimits(file: string | undefined): ServerLimits {
  if (file === undefined) return { gateway: {}, sessions: {} }
  const parsed = schema.safeParse(readJson(file))
  if (parsed.success)
    return { gateway: pick(parsed.data, defaultLimits), sessions: pick(parsed.data, defaultSessionLimits) }
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
    const text = cause instanceof Error ? cause.message : String(cause)
    throw new ConfigError(`${flagOf('limits')}: ${file} cannot be read as JSON: ${text}`, { cause })
  }
}
