/** What a shell may be told, from the table of commands and that of options. */
import { describedOptions, flagOf } from '../../server/config.ts'
import type { Command } from '../command.ts'

export interface CompletedOption {
  /** With its dashes. */
  flag: string
  summary: string
  /** False for a switch. */
  takesValue: boolean
  /** What its value is, where that is known. */
  value?: 'file' | 'directory' | readonly string[]
}

export interface CompletedCommand {
  name: string
  summary: string
  /** What may follow its name. */
  words: readonly { word: string; summary: string }[]
  /** Whether files may follow. */
  takesFile: boolean
  /** Its own; those of the server are for every command. */
  options: readonly CompletedOption[]
}

/** For every command. */
export const commonOptions: readonly CompletedOption[] = [
  { flag: '--help', summary: 'what a command does, and its options', takesValue: false },
  { flag: '--version', summary: 'the version of Muster and of Node', takesValue: false },
  { flag: '--config', summary: 'options from a file', takesValue: true, value: 'file' },
  ...describedOptions.map(({ option, meaning, values }): CompletedOption => ({
    flag: flagOf(option),
    summary: meaning,
    takesValue: true,
    ...(values ? { value: values } : placeOf(option, meaning)),
  })),
]

function placeOf(option: string, meaning: string): Pick<CompletedOption, 'value'> {
  if (/Dir(?:ectory)?$/.test(option)) return { value: 'directory' }
  return /\bfile\b/i.test(meaning) && !option.startsWith('database') ? { value: 'file' } : {}
}

export type Commands = Readonly<Record<string, Command>>

export const completedCommands = (commands: Commands): CompletedCommand[] =>
  Object.entries(commands).map(([name, command]) => ({
    name,
    summary: command.summary,
    words: Object.entries(command.words ?? {}).map(([word, summary]) => ({ word, summary })),
    takesFile: command.operands.includes('file'),
    options: [...(command.alternatives ?? []), ...(command.options ?? [])].map(
      ({ option, value, summary }) => ({
        flag: `--${option}`,
        summary,
        takesValue: value !== undefined,
        ...(value?.includes('file') === true && { value: 'file' as const }),
      }),
    ),
  }))
