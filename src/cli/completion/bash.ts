import {
  commonOptions,
  completedCommands,
  type Commands,
  type CompletedCommand,
  type CompletedOption,
} from './words.ts'

const flagsOf = (options: readonly CompletedOption[]) => options.map(({ flag }) => flag).join(' ')

/** `case` branches for what stands behind an option. */
function valueCases(options: readonly CompletedOption[]): string {
  const seen = new Map(options.filter(({ takesValue }) => takesValue).map((one) => [one.flag, one.value]))
  return [...seen]
    .map(([flag, value]) => {
      if (value === 'file') return `    ${flag}) COMPREPLY=($(compgen -f -- "$cur")); return ;;`
      if (value === 'directory') return `    ${flag}) COMPREPLY=($(compgen -d -- "$cur")); return ;;`
      if (value === undefined) return `    ${flag}) return ;;`
      return `    ${flag}) COMPREPLY=($(compgen -W "${value.join(' ')}" -- "$cur")); return ;;`
    })
    .join('\n')
}

/** What may follow each command, as `case` branches. */
const commandCases = (completed: readonly CompletedCommand[]) =>
  completed
    .map(({ name, words, takesFile, options }) => {
      const flags = options.length > 0 ? ` flags="${flagsOf(options)} $flags"` : ''
      const operands = words.length > 0 ? ` operands="${words.map(({ word }) => word).join(' ')}"` : ''
      return `    ${name})${flags}${operands}${takesFile ? ' files=1' : ''} ;;`
    })
    .join('\n')

export function bashCompletion(table: Commands): string {
  const completed = completedCommands(table)
  const all = [...completed.flatMap(({ options }) => options), ...commonOptions]
  const withValue = [...new Set(all.filter(({ takesValue }) => takesValue).map(({ flag }) => flag))]
  const names = completed.map(({ name }) => name).join(' ')
  return `# Completions of muster for bash. Made by: muster completion bash
_muster() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  local command= given= place operands= files= flags="${flagsOf(commonOptions)}"
  COMPREPLY=()
  case $prev in
${valueCases(all)}
  esac
  for ((place = 1; place < COMP_CWORD; place++)); do
    case \${COMP_WORDS[place]} in
      ${withValue.join('|')}) ((place++)) ;;
      -*) ;;
      *) if [[ -z $command ]]; then command=\${COMP_WORDS[place]}; else given=1; fi ;;
    esac
  done
  case $command in
    '') operands="${names} help" ;;
    help) operands="${names}" ;;
${commandCases(completed)}
  esac
${offer}
}
complete -o filenames -F _muster muster
`
}

const offer = `  if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  elif [[ -n $given ]]; then return
  elif [[ -n $files ]]; then COMPREPLY=($(compgen -f -- "$cur"))
  else COMPREPLY=($(compgen -W "$operands" -- "$cur"))
  fi`
