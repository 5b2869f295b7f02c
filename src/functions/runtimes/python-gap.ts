/** What Python functions expect of the machine and may not find: Lambda's Python runtimes come with boto3. */
import { execFile } from 'node:child_process'
import type { AppendLog } from '../environments/function-log.ts'
import { holdsFile } from '../code/archive.ts'
import type { CodeStore } from '../code/code-store.ts'
import { logGroupOf, type FunctionVersion } from '../registry/function-version.ts'
import { findRuntimeKind } from './runtime.ts'

type PythonGap = 'python3' | 'boto3'

const lacksModule = 3
const probe = `import importlib.util, sys; sys.exit(${lacksModule} if importlib.util.find_spec("boto3") is None else 0)`
const probeMs = 10_000

/**
 * Asks anew each time, as an operator may install what is missing. `programPath` is the PATH of functions, never
 * one that a function sets: its programs would run as the server. A `python3` that does not answer lacks nothing known.
 */
export async function findPythonGap(programPath: string): Promise<PythonGap | undefined> {
  const options = { cwd: '/', env: { PATH: programPath }, timeout: probeMs }
  return await new Promise((resolve) => {
    // isolated: modules of the server's own user or directory are none of the function's
    execFile('python3', ['-I', '-c', probe], options, (error) => {
      if (error?.code === 'ENOENT') resolve('python3')
      else resolve(error?.code === lacksModule ? 'boto3' : undefined)
    })
  })
}

const texts: Record<PythonGap, string> = {
  python3: 'this machine has no python3: the function cannot start until it is installed',
  boto3:
    'the python3 of this machine has no boto3, which AWS Lambda brings along: import boto3 fails until it is installed for all users, or is in the package',
}

interface GapDeps {
  code: Pick<CodeStore, 'read'>
  append: AppendLog
  programPath: string
  now: () => Date
}

/** Writes a warning to the log group of a Python function for what this machine lacks and its package does not bring. */
export async function warnOfPythonGap(deps: GapDeps, version: FunctionVersion): Promise<void> {
  const { append, programPath, now } = deps
  if (findRuntimeKind(version.settings.Runtime) !== 'python') return
  const gap = await findPythonGap(programPath)
  if (gap === undefined || (gap === 'boto3' && (await bringsBoto3(deps, version)))) return
  const timestamp = now()
  append({
    accountId: version.accountId,
    logGroupName: logGroupOf(version),
    logStreamName: `${timestamp.toISOString().slice(0, 10).replaceAll('-', '/')}/warnings`,
    events: [{ timestamp, message: `[WARNING] ${texts[gap]}\n` }],
  })
}

async function bringsBoto3({ code }: GapDeps, version: FunctionVersion): Promise<boolean> {
  const archive = await code.read(version.accountId, version.code.codeId)
  return archive !== undefined && (await holdsFile(archive, 'boto3/__init__.py'))
}
