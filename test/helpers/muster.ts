/** `muster` as a person runs it: a process of its own. */
import { execFile } from 'node:child_process'
import { musterProgram } from './program.ts'

export interface Ended {
  code: number
  stdout: string
  stderr: string
}

interface Surroundings {
  directory: string
  environment?: Record<string, string>
}

/** Resolves when it has ended, also with another exit code than 0. */
export function runMuster(args: string[], { directory, environment = {} }: Surroundings): Promise<Ended> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: directory, ...environment }
  return new Promise((done) => {
    execFile(
      process.execPath,
      [musterProgram, ...args],
      { cwd: directory, env, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => done({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    )
  })
}
