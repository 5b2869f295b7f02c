/** The command line: picks the command, shows errors to a person, sets the exit code. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ConfigError, flagOf, optionNames } from '../server/config.ts'
import { CommandError, type Command } from './command.ts'
import { commandNames, describeCommand, describeCommands, findCommand, usageOf } from './commands.ts'

interface Arguments {
  values: ReadonlyMap<string, unknown>
  /** The command's name and its operands. */
  words: string[]
}

/** @throws {CommandError} naming the option that there is not, or that lacks its value */
function readArguments(args: string[]): Arguments {
  const texts = optionNames.map((name) => [flagOf(name).slice(2), { type: 'string' }] as const)
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
        ...Object.fromEntries(texts),
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
  checkOperands(name, command, operands)
  const flags = Object.fromEntries(
    optionNames.map((option) => [option, stringOf(values.get(flagOf(option).slice(2)))]),
  )
  return command.run({ operands, source: { flags, environment: process.env }, print })
}

/** @throws {CommandError} when there are more or fewer than the command takes */
function checkOperands(name: string, command: Command, operands: string[]): void {
  if (operands.length === command.operands.length) return
  const got = operands.length === 0 ? 'nothing' : operands.map((operand) => `"${operand}"`).join(' ')
  throw new CommandError(`expected ${usageOf(name, command)}, got ${got} after ${name}`, 2)
}

const stringOf = (value: unknown) => (typeof value === 'string' ? value : undefined)

function readVersion(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode
  return error instanceof ConfigError ? 2 : 1
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`muster: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = exitCodeOf(error)
}
