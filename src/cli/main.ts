/** The command line: picks the command, shows errors to a person, sets the exit code. */
import { parseArgs } from 'node:util'
import { ConfigError, describeOptions, flagOf, optionNames } from '../server/config.ts'
import { env } from './env.ts'
import { explain } from './explain.ts'
import { start } from './start.ts'
import { tour } from './tour.ts'
import { CommandError, type Command } from './command.ts'

const commands: Record<string, Command> = { start, env, tour, explain }

const usage = `Usage: muster <command> [options]

  start                run the server
  env                  print export lines for a shell: eval "$(npx muster env)"
  tour                 onboard a device before your eyes, on a fresh server
  explain <id>         what happened to a device and why (certificate id, client id, or thing name)

Options, each also an environment variable:
${describeOptions()}
`

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      ...Object.fromEntries(optionNames.map((name) => [flagOf(name).slice(2), { type: 'string' as const }])),
    },
  })
  const given = new Map(Object.entries<unknown>(values))
  const [name, ...operands] = positionals
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined
  if (given.get('help') === true || name === undefined || name === 'help') {
    process.stdout.write(usage)
    return 0
  }
  if (!command)
    throw new CommandError(
      `there is no command "${name}"; the commands are ${Object.keys(commands).join(', ')}`,
      2,
    )
  const flags = Object.fromEntries(
    optionNames.map((option) => [option, stringOf(given.get(flagOf(option).slice(2)))]),
  )
  return command({
    operands,
    source: { flags, environment: process.env },
    print: (text) => void process.stdout.write(text),
  })
}

const stringOf = (value: unknown) => (typeof value === 'string' ? value : undefined)

function exitCodeOf(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return error instanceof ConfigError || code.startsWith('ERR_PARSE_ARGS') ? 2 : 1
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`muster: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = exitCodeOf(error)
}
