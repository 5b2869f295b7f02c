import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * True when a program that the test needs is not on this machine, so that `npm test` passes for somebody who lacks it.
 * Never in CI, which installs them all.
 */
export function lacks(...programs: string[]): boolean {
  if (process.env['CI']) return false
  const missing = programs.filter((program) => !isOnPath(program))
  if (missing.length > 0) console.warn(`skipped for want of ${missing.join(', ')} (see CONTRIBUTING.md)`)
  return missing.length > 0
}

export function isOnPath(program: string): boolean {
  if (program.includes('/')) return existsSync(program)
  return (process.env['PATH'] ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
