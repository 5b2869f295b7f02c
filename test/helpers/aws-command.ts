/** The aws command line, read once for all tests of a run; shells find it by the variable. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const variable = 'MUSTER_TEST_AWS'

/** Where python3 has no aws command line that can be read, there is none, and shells run the command itself. */
export async function setup() {
  const python = pythonWithAws()
  if (python === undefined) return undefined
  const directory = mkdtempSync(join(tmpdir(), 'muster-aws-'))
  const socket = join(directory, 'socket')
  const server = spawn(python, [resolve('test/helpers/aws-server.py'), socket], {
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  process.env[variable] = `${python} -IS ${resolve('test/helpers/aws-client.py')} ${socket}`
  return () => {
    server.stdin.end()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Past the shims of those who manage several Pythons, each of which takes as long as a command. */
function pythonWithAws(): string | undefined {
  try {
    const found = 'import sys, awscli.clidriver; print(sys.executable)'
    return execFileSync('python3', ['-c', found], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return undefined
  }
}

/** A line of bash that makes `aws` the command, with the endpoint of AWS_ENDPOINT_URL also where it is too old to read that. */
export function awsFunction(): string {
  const command = process.env[variable] ?? 'command aws'
  return `aws() { ${command} --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }`
}
