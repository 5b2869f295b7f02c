/** Runs commands as a person types them, in bash. */
import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { awsFunction } from './aws-command.ts'
import { musterProgram } from './program.ts'
import { patienceMs } from './patience.ts'

export interface Shell extends Disposable {
  /** Working directory of the commands. */
  directory: string
  /** Resolves with what the command printed (both streams) and its exit code. `answers` is typed at its prompts. */
  run: (command: string, answers?: string[]) => Promise<{ output: string; code: number }>
  /** As `run`, but a failing command is an error. */
  expect: (command: string, answers?: string[]) => Promise<string>
}

/**
 * A shell in a fresh directory whose environment is that of `muster env`. `muster` runs this checkout; an `aws`
 * that is too old for AWS_ENDPOINT_URL gets the endpoint as an option.
 */
export function openShell(environment: Record<string, string>): Shell {
  const directory = mkdtempSync(join(tmpdir(), 'muster-shell-'))
  writeFileSync(join(directory, '.muster'), `#!/bin/sh\nexec ${process.execPath} ${musterProgram} "$@"\n`)
  chmodSync(join(directory, '.muster'), 0o755)
  const prelude = ['set -o pipefail', `muster() { ${join(directory, '.muster')} "$@"; }`, awsFunction()].join(
    '\n',
  )
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: directory,
    AWS_PAGER: '',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...environment,
  }
  const run: Shell['run'] = (command, answers = []) =>
    new Promise((done) => {
      const options = { cwd: directory, env, timeout: patienceMs }
      const child = execFile('bash', ['-c', `${prelude}\n${command}`], options, (error, stdout, stderr) => {
        done({ output: stdout + stderr, code: error ? Number(error.code ?? 1) : 0 })
      })
      child.stdin?.on('error', () => {}) // of a command that ends without reading them
      child.stdin?.end(answers.map((answer) => `${answer}\n`).join(''))
    })
  return {
    directory,
    run,
    expect: async (command, answers) => {
      const { output, code } = await run(command, answers)
      if (code !== 0) throw new Error(`${command}\nended with ${code}: ${output}`)
      return output
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** The variables that `muster env` exports for a shell. */
export function parseExports(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name!, value!]),
  )
}
