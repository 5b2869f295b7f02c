import type { ConfigSource } from '../server/config.ts'

export interface CommandContext {
  /** Words after the command's name that are not options; as many as `operands` says, none beside an alternative. */
  operands: string[]
  /** The one that was given; `value` is empty for a switch. */
  alternative?: { option: string; value: string }
  /** Of the command's own options, those that were given; empty for a switch. */
  given: ReadonlyMap<string, string>
  source: ConfigSource
  /** What `--config` or MUSTER_CONFIG names. */
  configPath?: string
  /** Writes to standard output. */
  print: (text: string) => void
}

export interface OwnOption {
  /** Without dashes. */
  option: string
  /** What stands after it, for a person; absent for a switch. */
  value?: string
  /** One line for a person. */
  summary: string
}

export interface Command {
  /** What stands after its name, e.g. `['id']`; all of it must be given, and of `id...` one or more. */
  operands: readonly string[]
  /** One line for a person. */
  summary: string
  /** What its one operand may be, with a line for a person; absent: anything. */
  words?: Readonly<Record<string, string>>
  /** Options of this command alone; one of them stands in place of the operands. */
  alternatives?: readonly OwnOption[]
  /** Options of this command alone that stand beside its operands. */
  options?: readonly OwnOption[]
  /** It writes the configuration, so none is read. */
  isConfigWriter?: boolean
  /** Resolves with the exit code. */
  run: (context: CommandContext) => Promise<number>
}

/** A failure to show to the person at the terminal, without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: number

  constructor(message: string, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}
