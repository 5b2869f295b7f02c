/**
 * Brings the command together in a few files, as the package has it, for tests that start processes: each start takes half of the time
 * then. `MUSTER_TEST_PROGRAM=bin/muster.js` runs the checkout instead.
 */
import { hash } from 'node:crypto'
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { stage } from '../../tools/stage.ts'
import { programVariable } from './program.ts'

const directory = resolve('node_modules/.cache/muster-staged')

/** A run after a run with the same files finds what that one made. */
export async function setup(): Promise<void> {
  if (process.env[programVariable] !== undefined) return
  const stamp = join(directory, 'stamp')
  const now = describeSources()
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== now) {
    await stage(directory)
    writeFileSync(join(directory, 'package.json'), readFileSync('package.json'))
    writeFileSync(stamp, now)
  }
  process.env[programVariable] = join(directory, 'bin/muster.js')
}

function describeSources(): string {
  const files = globSync(['{src,bin,models,tools,console/dist}/**/*', 'package-lock.json'], {
    withFileTypes: true,
  })
  const facts = files
    .filter((file) => file.isFile())
    .map((file) => {
      const path = join(file.parentPath, file.name)
      const { mtimeMs, size } = statSync(path)
      return `${path} ${mtimeMs} ${size}`
    })
  return hash('sha256', facts.toSorted().join('\n'))
}
