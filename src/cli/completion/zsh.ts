import { commonOptions, completedCommands, type Commands, type CompletedOption } from './words.ts'

/** In single quotes, inside of a description in brackets. */
const quoted = (text: string) => text.replaceAll("'", "'\\''").replaceAll(/[[\]:\\]/g, '\\$&')

function specOf({ flag, summary, takesValue, value }: CompletedOption): string {
  const head = `'${flag}[${quoted(summary)}]`
  if (!takesValue) return `${head}'`
  if (value === 'file') return `${head}:file:_files'`
  if (value === 'directory') return `${head}:directory:_files -/'`
  return value === undefined ? `${head}:value: '` : `${head}:value:(${value.join(' ')})'`
}

const specsOf = (options: readonly CompletedOption[]) => options.map((one) => `    ${specOf(one)}`).join('\n')

export function zshCompletion(table: Commands): string {
  const completed = completedCommands(table)
  const names = completed.map(({ name, summary }) => `    '${name}:${quoted(summary)}'`).join('\n')
  const cases = completed
    .map(({ name, words, takesFile, options }) => {
      const operand = takesFile ? " '2:file:_files'" : ''
      const choices = words.length > 0 ? ` '2:what:(${words.map(({ word }) => word).join(' ')})'` : ''
      return `    ${name}) own=(${options.map((one) => ` ${specOf(one)}`).join('')}${operand}${choices} ) ;;`
    })
    .join('\n')
  return `#compdef muster
# Completions of muster for zsh. Made by: muster completion zsh
_muster() {
  local -a commands own common
  commands=(
${names}
  )
  common=(
${specsOf(commonOptions)}
  )
  case \${words[2]} in
${cases}
  esac
  _arguments -s "$common[@]" "$own[@]" '1:command:{_describe command commands}'
}
compdef _muster muster
`
}
