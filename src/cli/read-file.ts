import { readFileSync } from 'node:fs'
import { CommandError } from './command.ts'

/** @throws {CommandError} saying why it cannot be read */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new CommandError(
      code === 'ENOENT' ? `there is no file ${path}` : `${path} cannot be read: ${code ?? String(cause)}`,
    )
  }
}
