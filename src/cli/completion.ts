import type { CommandContext } from './command.ts'
import { bashCompletion } from './completion/bash.ts'
import { fishCompletion } from './completion/fish.ts'
import type { Commands } from './completion/words.ts'
import { zshCompletion } from './completion/zsh.ts'

export async function completion({ operands, print }: CommandContext, commands: Commands): Promise<number> {
  const [shell] = operands
  if (shell === 'bash') print(bashCompletion(commands))
  else print(shell === 'zsh' ? zshCompletion(commands) : fishCompletion(commands))
  return 0
}
