/** Lines for the aws command line, read by bash and by the CLI itself. */
import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { zip } from '../helpers/jitr.ts'

/** The deployment package where the lines are run. */
export const functionZip = zip({ 'index.js': 'exports.handler = 1' })

/** Operations that the command line of a machine may be too old for. */
export const operationsTooNew = new Set([
  'iot-data GetConnection',
  'iot-data ListSubscriptions',
  'iot-data SendDirectMessage',
])

interface ParsedLine {
  args: string[]
  /** Base64. */
  stdin?: string
}

const run = (program: string, args: string[], options: { env: NodeJS.ProcessEnv; input: string }) =>
  new Promise<string>((resolve, reject) => {
    const child = execFile(program, args, { env: options.env }, (error, stdout, stderr) =>
      error ? reject(new Error(`${program}: ${stderr.slice(-2000)}`)) : resolve(stdout),
    )
    child.stdin?.end(options.input)
  })

/** What bash hands to `aws`, for each line. */
async function readByBash(lines: readonly string[], env: Record<string, string>): Promise<ParsedLine[]> {
  const directory = mkdtempSync(join(tmpdir(), 'muster-lines-'))
  try {
    const aws = `aws() { printf '%s\\0' "$@" > "$at.args"; if [ ! -t 0 ]; then cat > "$at.stdin"; fi; }`
    const script = lines.map((line, at) => `at=${at}\n{ ${line}\n} < /dev/null`)
    await run('bash', ['-s'], {
      env: { ...process.env, ...env },
      input: [`cd ${directory}`, aws, ...script].join('\n'),
    })
    return lines.map((_, at) => {
      const args = readFileSync(join(directory, `${at}.args`), 'utf8')
        .split('\0')
        .slice(0, -1)
      const stdin = join(directory, `${at}.stdin`)
      return { args, ...(existsSync(stdin) && { stdin: readFileSync(stdin).toString('base64') }) }
    })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** What became of a line: an error is the CLI's own, or what the server answered as it tells it. */
export interface LineOutcome {
  error?: string
  /** The input of its call; with `params`. */
  params?: Record<string, unknown>
  /** What it printed; with `run`. */
  output?: string
  /** What it wrote into the file that it was given. */
  written?: string
}

export interface CommandLine extends Disposable {
  /** `variables` are those of the shell that the lines name. */
  read: (lines: readonly string[], variables?: Record<string, string>) => Promise<LineOutcome[]>
}

/**
 * `params`: what lines make of their arguments, and nothing is sent. `run`: what they print, with the settings of
 * `environment`. The deployment package of functions is `functionZip`.
 */
export function openCommandLine(
  mode: 'params' | 'run',
  environment: Record<string, string> = {},
): CommandLine {
  const directory = mkdtempSync(join(tmpdir(), 'muster-cli-'))
  writeFileSync(join(directory, 'function.zip'), functionZip)
  const child = spawn('python3', ['-W', 'ignore', join(import.meta.dirname, 'run-lines.py'), mode], {
    cwd: directory,
    env: { ...process.env, AWS_DEFAULT_REGION: 'us-east-1', AWS_PAGER: '', ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => (complaint = `${complaint}${chunk.toString()}`.slice(-2000)))
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextAnswer = async (): Promise<LineOutcome> => {
    const { value, done } = await answers.next()
    if (done) throw new Error(`the command line has ended: ${complaint}`)
    return JSON.parse(value) as LineOutcome
  }
  return {
    async read(lines, variables = {}) {
      const outcomes: LineOutcome[] = []
      for (const line of await readByBash(lines, variables)) {
        child.stdin.write(`${JSON.stringify(line)}\n`)
        outcomes.push(await nextAnswer())
      }
      return outcomes
    },
    [Symbol.dispose]() {
      child.kill()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
