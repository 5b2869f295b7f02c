import { commonOptions, completedCommands, type Commands, type CompletedOption } from './words.ts'

const quoted = (text: string) => `'${text.replaceAll(/['\\]/g, '\\$&')}'`

function lineOf({ flag, summary, takesValue, value }: CompletedOption, condition = ''): string {
  const files = value === 'file' ? ' -F' : ''
  const directories = value === 'directory' ? " -a '(__fish_complete_directories)'" : ''
  const choices = Array.isArray(value) ? ` -a ${quoted(value.join(' '))}` : ''
  const takes = takesValue ? ` -r${files}${directories}${choices}` : ''
  return `complete -c muster${condition} -l ${flag.slice(2)} -d ${quoted(summary)}${takes}`
}

export function fishCompletion(table: Commands): string {
  const completed = completedCommands(table)
  const within = (name: string) => ` -n '__fish_seen_subcommand_from ${name}'`
  const commands = completed.flatMap(({ name, summary, words, takesFile, options }) => [
    `complete -c muster -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ...words.map(
      ({ word, summary: what }) => `complete -c muster${within(name)} -a ${word} -d ${quoted(what)}`,
    ),
    ...(takesFile ? [`complete -c muster${within(name)} -F`] : []),
    ...options.map((one) => lineOf(one, within(name))),
  ])
  const lines = ['complete -c muster -f', ...commands, ...commonOptions.map((one) => lineOf(one))]
  return `# Completions of muster for fish. Made by: muster completion fish\n${lines.join('\n')}\n`
}
