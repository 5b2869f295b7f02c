/** Lines for the aws command line, read by bash and by the CLI itself. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zip } from '../helpers/jitr.ts'

/** The deployment package where the lines are run. */
export const functionZip = zip({ 'index.js': 'exports.handler = 1' })

interface ParsedLine {
  args: string[]
  /** Base64. */
  stdin?: string
}

const run = (program: string, args: string[], options: { env: NodeJS.ProcessEnv; input: string }) =>
  new Promise<string>((resolve, reject) => {
    const settings = { env: options.env, maxBuffer: 64 * 1024 * 1024 }
    const child = execFile(program, args, settings, (error, stdout, stderr) =>
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

/** What became of a line: an error is the CLI's own. */
export interface LineOutcome {
  error?: string
  /** The input of its call; with `params`. */
  params?: Record<string, unknown>
  /** What it printed; with `run`. */
  output?: string
  /** What it wrote into the file that it was given. */
  written?: string
}

/** `params`: what the lines make of their arguments, and nothing is sent. `run`: what they print. */
export async function readLines(
  mode: 'params' | 'run',
  lines: readonly string[],
  env: Record<string, string> = {},
): Promise<LineOutcome[]> {
  const directory = mkdtempSync(join(tmpdir(), 'muster-cli-'))
  try {
    writeFileSync(join(directory, 'function.zip'), functionZip)
    const script = join(import.meta.dirname, 'run-lines.py')
    const inDirectory = `cd ${directory} && exec python3 ${script} ${mode}`
    const output = await run('bash', ['-c', inDirectory], {
      env: { ...process.env, AWS_DEFAULT_REGION: 'us-east-1', AWS_PAGER: '', ...env },
      input: JSON.stringify(await readByBash(lines, env)),
    })
    return JSON.parse(output) as LineOutcome[]
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
