/** The manual page, muster(1), from the table of commands and that of options. */
import type { Command, OwnOption } from '../src/cli/command.ts'
import { commands } from '../src/cli/commands.ts'
import { describedOptions, flagOf, variableOf } from '../src/server/config.ts'

/** Text as roff takes it (groff(7)): no line may begin with a dot or a quote, and a hyphen is to be copied. */
const roff = (text: string) =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^([.'])/gm, '\\&$1')

const item = (term: string, text: string) => `.TP\n.B ${roff(term)}\n${roff(text)}\n`

const optionOf = ({ option, value, summary }: OwnOption) =>
  item(`--${option}${value === undefined ? '' : ` <${value}>`}`, summary)

function sectionOf(name: string, command: Command): string {
  const { operands, summary, words, alternatives = [], options = [] } = command
  const head = words ? '' : item([name, ...operands.map((one) => `<${one}>`)].join(' '), summary)
  const forms = Object.entries(words ?? {}).map(([word, what]) => item(`${name} ${word}`, what))
  const own = [...alternatives, ...options].map(optionOf)
  return `${head}${forms.join('')}${own.length > 0 ? `.RS\n${own.join('')}.RE\n` : ''}`
}

export function manualPage(): string {
  const sections = Object.entries(commands).map(([name, command]) => sectionOf(name, command))
  const options = describedOptions.map(({ option, meaning, fallback }) =>
    item(
      `${flagOf(option)}, ${variableOf(option)}`,
      `${meaning}${fallback === undefined ? '' : ` (${fallback})`}`,
    ),
  )
  return `.TH MUSTER 1 "" "Muster" "User Commands"
.SH NAME
muster \\- a self\\-hosted, drop\\-in AWS IoT Core
.SH SYNOPSIS
.B muster
.I command
[options]
.SH COMMANDS
${sections.join('')}.SH OPTIONS
Each can be a flag, an environment variable, or a line of the configuration; a flag goes before a variable, that before the file.
${item('--config <file>, MUSTER_CONFIG', 'options from a file; else muster.conf in the data directory, if it is there')}${options.join('')}.SH EXIT STATUS
0 when it is done, 1 when it failed or found a fault, 2 when it was called in a way that it cannot be.
.SH FILES
.TP
.B muster.conf
in the data directory: options, as muster init writes them
`
}
