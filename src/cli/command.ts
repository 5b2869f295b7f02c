import type { ConfigSource } from '../server/config.ts'

export interface CommandContext {
  /** Words after the command's name that are not options. */
  operands: string[]
  source: ConfigSource
  /** Writes to standard output. */
  print: (text: string) => void
}

/** Resolves with the exit code. */
export type Command = (context: CommandContext) => Promise<number>

/** A failure to show to the person at the terminal, without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: number

  constructor(message: string, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}
