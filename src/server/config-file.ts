/** The file beside flags and variables: a line `option = value` each, in the options' own names, and comments behind `#`. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  ConfigError,
  describedOptions,
  flagOf,
  optionNames,
  variableOf,
  type ConfigFile,
  type ConfigSource,
} from './config.ts'

/** In the data directory; read when no other file is named. */
export const configFileName = 'muster.conf'

const byName = new Map(optionNames.map((option) => [flagOf(option).slice(2), option]))

/**
 * @throws {ConfigError} naming all lines at once that are no option with a value, name an option that there is not, or one
 * that an earlier line has
 */
export function parseConfigFile(path: string, text: string): ConfigFile {
  const values: Record<string, string> = {}
  const lines: Record<string, number> = {}
  const faults: string[] = []
  for (const [place, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const number = place + 1
    const fault = (message: string) => void faults.push(`${path}, line ${number}: ${message}`)
    const [, name = '', value = ''] = /^([^=]*?)\s*=\s*(.*)$/.exec(line) ?? [undefined, line]
    const option = byName.get(name)
    if (!line.includes('=')) fault(`expected option = value, got "${shorten(line)}"`)
    else if (option === undefined) fault(`there is no option "${shorten(name)}"${hintFor(name)}`)
    else if (lines[option] !== undefined) fault(`${name} is in line ${lines[option]} already`)
    else if (value === '') fault(`${name} has no value; remove the line, or put a # in front of it`)
    else if (value.includes('\0')) fault(`${name} holds a NUL character`)
    else {
      values[option] = value
      lines[option] = number
    }
  }
  if (faults.length > 0) throw new ConfigError(faults.join('\n'))
  return { path, values, lines }
}

/** A secret may stand where a name should. */
const shorten = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text)

function hintFor(name: string): string {
  const bare = name
    .replace(/^(?:--|MUSTER_)/, '')
    .replaceAll('_', '-')
    .toLowerCase()
  return byName.has(bare) ? `; write ${bare}` : ''
}

/**
 * The file that `--config` or MUSTER_CONFIG names, else `muster.conf` in the data directory if it is there.
 * @throws {ConfigError} when the one that is named cannot be read, or says what it may not
 */
export function findConfigFile(
  { flags, environment }: ConfigSource,
  named: string | undefined,
): ConfigFile | undefined {
  const path = named ?? (environment['MUSTER_CONFIG'] || undefined)
  const dataDir = flags['dataDir'] ?? (environment[variableOf('dataDir')] || './data')
  const own = join(dataDir, configFileName)
  if (path === undefined && !existsSync(own)) return undefined
  const file = parseConfigFile(path ?? own, readText(path ?? own))
  if (path === undefined && file.values['dataDir'] !== undefined)
    throw new ConfigError(
      `${file.path}, line ${file.lines['dataDir']}: data-dir cannot stand in the file that is found by it; name the file with --config`,
    )
  return file
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ConfigError(`the configuration ${path} cannot be read: ${(cause as Error).message}`)
  }
}

/** What `muster init` writes: every option with its meaning; those of `given` (by option) are set, the others commented out. */
export function renderConfigFile(given: Readonly<Record<string, string | undefined>>): string {
  const head = `# Options of muster start. Flags and MUSTER_ variables go before what is said here.
# A line is: option = value. A # begins a comment at the beginning of a line only. \`muster doctor\` tries it out.
`
  const blocks = describedOptions.map(({ option, meaning, fallback, values }) => {
    const name = flagOf(option).slice(2)
    const value = given[option]
    const choices = values ? ` One of: ${values.join(', ')}.` : ''
    const line = value === undefined ? `#${name} = ${fallback ?? ''}` : `${name} = ${value}`
    return `# ${meaning}.${choices}\n${line}\n`
  })
  return [head, ...blocks].join('\n')
}
