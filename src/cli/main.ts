/** The command line: picks the command, shows errors to a person, sets the exit code. */
import { parseArgs } from 'node:util'
import { readVersion } from '../lib/version.ts'
import { findConfigFile } from '../server/config-file.ts'
import { ConfigError, flagOf, optionNames } from '../server/config.ts'
import { tolerateClosed } from './closed-output.ts'
import { CommandError, type Command } from './command.ts'
import {
  alternatives,
  commandNames,
  describeCommand,
  describeCommands,
  findCommand,
  ownOptions,
  usageOf,
} from './commands.ts'
import { causeText } from '../lib/cause-text.ts'

interface Arguments {
  values: ReadonlyMap<string, unknown>
  /** The command's name and its operands. */
  words: string[]
}

/** @throws {CommandError} naming the option that there is not, or that lacks its value */
function readArguments(args: string[]): Arguments {
  const texts = optionNames.map((name) => [flagOf(name).slice(2), { type: 'string' }] as const)
  const own = [...alternatives, ...ownOptions].map(
    ({ option, value }) => [option, { type: value === undefined ? 'boolean' : 'string' }] as const,
  )
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
        config: { type: 'string' },
        ...Object.fromEntries([...texts, ...own]),
      },
    })
    return { values: new Map(Object.entries<unknown>(values)), words: positionals }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split(/[.\n]/)[0] : String(cause)
    throw new CommandError(`${reason}; muster --help lists the options`, 2)
  }
}

async function main(args: string[]): Promise<number> {
  const { values, words } = readArguments(args)
  const print = (text: string) => void process.stdout.write(text)
  const wantsHelp = values.get('help') === true || words[0] === 'help'
  const [name, ...operands] = words[0] === 'help' ? words.slice(1) : words
  if (values.get('version') === true) {
    print(`muster ${readVersion()} (Node ${process.versions.node})\n`)
    return 0
  }
  if (name === undefined) {
    print(describeCommands())
    return 0
  }
  const command = findCommand(name)
  if (!command)
    throw new CommandError(`there is no command "${name}"; the commands are ${commandNames.join(', ')}`, 2)
  if (wantsHelp) {
    print(describeCommand(name, command))
    return 0
  }
  const called = { name, command, operands }
  const alternative = findAlternative(called, values)
  if (!alternative) checkOperands(called)
  const flags = Object.fromEntries(
    optionNames.map((option) => [option, stringOf(values.get(flagOf(option).slice(2)))]),
  )
  const given = findOwnOptions(called, values)
  const named = stringOf(values.get('config'))
  const bare = { flags, environment: process.env }
  const source = command.isConfigWriter ? bare : { ...bare, file: findConfigFile(bare, named) }
  const configPath = named ?? (process.env['MUSTER_CONFIG'] || undefined)
  return command.run({
    operands,
    ...(alternative && { alternative }),
    given,
    source,
    ...(configPath !== undefined && { configPath }),
    print,
  })
}

interface Called {
  name: string
  command: Command
  operands: string[]
}

/** @throws {CommandError} when there is more than one, another command's, or one beside operands */
function findAlternative({ name, command, operands }: Called, values: Arguments['values']) {
  const given = alternatives.filter(({ option }) => values.has(option) && !isOption(command, option))
  const [first] = given
  if (!first) return undefined
  const isOwn = command.alternatives?.some(({ option }) => option === first.option) ?? false
  if (!isOwn || given.length > 1 || operands.length > 0) {
    const got = [...operands, ...given.map(({ option }) => `--${option}`)].join(' ')
    throw new CommandError(`expected ${usageOf(name, command)}, got ${got} after ${name}`, 2)
  }
  return { option: first.option, value: stringOf(values.get(first.option)) ?? '' }
}

/** What is an alternative to one command's operands may be an option of another. */
const isOption = ({ options = [] }: Command, name: string) => options.some(({ option }) => option === name)

/** @throws {CommandError} for one of another command */
function findOwnOptions({ name, command }: Called, values: Arguments['values']): Map<string, string> {
  const isAlternative = (name: string) => command.alternatives?.some(({ option }) => option === name)
  const given = ownOptions.filter(({ option }) => values.has(option) && !isAlternative(option))
  const foreign = given.find(({ option }) => !isOption(command, option))
  if (foreign) throw new CommandError(`${name} has no option --${foreign.option}; muster ${name} --help`, 2)
  return new Map(given.map(({ option }) => [option, stringOf(values.get(option)) ?? '']))
}

/** @throws {CommandError} when there are more or fewer than the command takes */
function checkOperands({ name, command, operands }: Called): void {
  if (command.words && operands.length === 1 && Object.hasOwn(command.words, operands[0] ?? '')) return
  const isOpen = command.operands.at(-1)?.endsWith('...') ?? false
  const { length } = command.operands
  if ((!command.words && operands.length === length) || (isOpen && operands.length > length)) return
  const [word = '', ...more] = operands
  if (command.words && Object.hasOwn(command.words, word))
    throw new CommandError(
      `${name} ${word} takes options alone, got ${quoted(more)}; muster ${name} --help`,
      2,
    )
  const got = operands.length === 0 ? 'nothing' : quoted(operands)
  throw new CommandError(`expected ${usageOf(name, command)}, got ${got} after ${name}`, 2)
}

const quoted = (words: readonly string[]) => words.map((word) => `"${word}"`).join(' ')

const stringOf = (value: unknown) => (typeof value === 'string' ? value : undefined)

function exitCodeOf(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode
  return error instanceof ConfigError ? 2 : 1
}

tolerateClosed(process.stdout)
tolerateClosed(process.stderr)
try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`muster: ${causeText(error)}\n`)
  process.exitCode = exitCodeOf(error)
}
