import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes the directory and those above it that are missing. Node's own `recursive` never returns where a parent
 * exists and can have no children, as in /proc: the system says ENOENT there, and Node tries again.
 * @throws {Error} of the system, also when a file stands in the way (`ENOTDIR`)
 */
export function makeDirectory(directory: string, options: { mode: number }): void {
  if (isDirectory(directory)) return
  const parent = dirname(directory)
  if (parent !== directory) makeDirectory(parent, options)
  try {
    mkdirSync(directory, options)
  } catch (error) {
    if (!isDirectory(directory)) throw error // made meanwhile
  }
}

const isDirectory = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
