/** Every command by its name, and what a person is told about them. */
import { describeOptions } from '../server/config.ts'
import type { Command } from './command.ts'
import { env } from './env.ts'
import { explain } from './explain.ts'
import { start } from './start.ts'
import { tour } from './tour.ts'

const commands: Readonly<Record<string, Command>> = {
  start: { operands: [], summary: 'run the server', run: start },
  env: { operands: [], summary: 'print export lines for a shell: eval "$(npx muster env)"', run: env },
  tour: { operands: [], summary: 'onboard a device before your eyes, on a fresh server', run: tour },
  explain: {
    operands: ['id'],
    summary: 'what happened to a device and why (certificate id, client id, or thing name)',
    run: explain,
  },
}

export const commandNames = Object.keys(commands)

export function findCommand(name: string): Command | undefined {
  return Object.hasOwn(commands, name) ? commands[name] : undefined
}

/** How the command is called, e.g. `muster explain <id>`. */
export function usageOf(name: string, { operands }: Command): string {
  return ['muster', name, ...operands.map((operand) => `<${operand}>`)].join(' ')
}

const optionsText = `Options, each also an environment variable:\n${describeOptions()}\n`

/** What `muster --help` prints. */
export function describeCommands(): string {
  const lines = Object.entries(commands).map(
    ([name, command]) => `  ${usageOf(name, command).slice('muster '.length).padEnd(20)} ${command.summary}`,
  )
  return `Usage: muster <command> [options]

${lines.join('\n')}

  -h, --help           this text, or that of one command
  -v, --version        the version of Muster and of Node

${optionsText}`
}

/** What `muster <name> --help` prints. */
export function describeCommand(name: string, command: Command): string {
  return `Usage: ${usageOf(name, command)} [options]\n\n  ${command.summary}\n\n${optionsText}`
}
