/** The terminal, while something draws on all of it. */
import type { CommandContext } from '../command.ts'
import type { Screen } from './frame.ts'

export interface OpenScreen extends Disposable {
  draw: (lines: readonly string[]) => void
  size: () => Screen
  /** Aborted when a person presses q or Ctrl-C. */
  quit: AbortSignal
}

// xterm's control sequences
const enter = '\x1b[?1049h\x1b[?25l'
const leave = '\x1b[?25h\x1b[?1049l'
const home = '\x1b[H'
const clearLine = '\x1b[K'
const clearBelow = '\x1b[J'
const endingKeys = new Set(['q', 'Q', '\x03'])

/** What was on the terminal is there again once it is disposed of. */
export function openScreen(environment: CommandContext['source']['environment']): OpenScreen {
  const { stdin, stdout } = process
  const quit = new AbortController()
  const hasColours = !environment['NO_COLOR'] && environment['TERM'] !== 'dumb'
  const onKey = (key: Buffer) => {
    if (endingKeys.has(key.toString())) quit.abort()
  }
  if (stdin.isTTY) {
    stdin.setRawMode(true)
    stdin.on('data', onKey)
  }
  stdout.write(enter)
  return {
    quit: quit.signal,
    size: () => ({ width: stdout.columns || 80, height: stdout.rows || 24, hasColours }),
    draw: (lines) => {
      stdout.write(`${home}${lines.map((line) => `${line}${clearLine}`).join('\r\n')}${clearBelow}`)
    },
    [Symbol.dispose]() {
      stdout.write(leave)
      if (!stdin.isTTY) return
      stdin.off('data', onKey)
      stdin.setRawMode(false)
      stdin.pause()
    },
  }
}
