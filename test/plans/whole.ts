/** Around all tests of a project: when all of them ran, they must have made every query that there is in the source. */
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { listSites } from './sites.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files leave the places in the source that they came to. */
    queriesDirectory: string | undefined
  }
}

export function setup(project: TestProject) {
  const directory = mkdtempSync(join(tmpdir(), 'muster-queries-'))
  project.provide('queriesDirectory', directory)
  return async () => {
    const reached = new Set(readReached(directory))
    rmSync(directory, { recursive: true })
    if (!(await wasWhole(project))) return
    const missed = listSites().filter((site) => !reached.has(site))
    if (missed.length > 0)
      throw new Error(
        `no unit test comes to these lines of queries, so their plans are not known:\n${missed.join('\n')}`,
      )
  }
}

const readReached = (directory: string): string[] =>
  globSync(join(directory, '*.json')).flatMap((file) => JSON.parse(readFileSync(file, 'utf8')) as string[])

/** Also when all of them passed: failures are told of anyway. */
async function wasWhole(project: TestProject): Promise<boolean> {
  const { vitest } = project
  const { watch, testNamePattern } = vitest.config
  if (watch || testNamePattern !== undefined) return false
  const { testFiles } = await project.globTestFiles()
  const ran = new Map(vitest.state.getFiles().map((file) => [file.filepath, file.result?.state]))
  return testFiles.every(
    (file) => (ran.get(file) === 'pass' || ran.get(file) === 'skip') && !leavesTestsOut(file),
  )
}

/** As one does for a moment, to look at one test. */
const leavesTestsOut = (file: string): boolean => /\.only(\.each)?\(/.test(readFileSync(file, 'utf8'))
