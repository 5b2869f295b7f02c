/** The configuration and the completions, as a person and a shell use them. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runMuster } from '../helpers/muster.ts'
import { isOnPath } from '../helpers/programs.ts'
import { freshDirectory, startServerProcess } from '../helpers/server.ts'

let directory: string
beforeEach(() => {
  directory = freshDirectory()
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const muster = (args: string[], environment: Record<string, string> = {}) =>
  runMuster(args, { directory, environment })

describe('muster init', () => {
  it('writes a configuration that the server starts with, readable by its user alone, and not a second time', async () => {
    const dataDir = join(directory, 'data')
    const made = await muster(['init', '--data-dir', dataDir, '--region', 'eu-west-1'])
    expect(made).toMatchObject({ code: 0 })
    const file = join(dataDir, 'muster.conf')
    expect(statSync(file).mode & 0o077).toBe(0)
    {
      await using server = await startServerProcess({ 'data-dir': dataDir })
      expect(server.endpoints.region).toBe('eu-west-1')
    }
    const before = readFileSync(file, 'utf8')
    expect(await muster(['init', '--data-dir', dataDir])).toMatchObject({ code: 1 })
    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  it('writes the file that is named, with the data directory in it, which commands then find', async () => {
    await muster(['init', '--config', 'my.conf', '--data-dir', 'there'])
    expect(readFileSync(join(directory, 'my.conf'), 'utf8')).toContain('\ndata-dir = there\n')
    const { stderr } = await muster(['explain', 'lamp-1'], { MUSTER_CONFIG: 'my.conf' })
    expect(stderr).toContain(`no server has been started on the data directory ${join(directory, 'there')}`)
  })

  it.each([
    ['a bad value', ['init', '--region', 'moon'], '--region: must look like us-east-1'],
    ['a place that is not there', ['init', '--config', 'no/where.conf'], 'cannot be written'],
    ['an operand', ['init', 'file'], 'expected muster init'],
  ])('refuses %s', async (_, args, message) => {
    const { code, stderr } = await muster(args)
    expect(code).toBeGreaterThan(0)
    expect(stderr).toContain(message)
    expect(existsSync(join(directory, 'data/muster.conf'))).toBe(false)
  })

  it('says which line of a file is wrong, whatever the command', async () => {
    mkdirSync(join(directory, 'data'))
    writeFileSync(join(directory, 'data/muster.conf'), 'region = eu-west-1\nport = 9080\n')
    const { code, stderr } = await muster(['doctor'])
    expect(code).toBe(2)
    expect(stderr).toContain('data/muster.conf, line 2: there is no option "port"')
  })
})

describe.skipIf(!isOnPath('bash'))("bash's completions", () => {
  let script: string
  beforeEach(async () => {
    script = (await muster(['completion', 'bash'])).stdout
    writeFileSync(join(directory, 'completion.bash'), script)
    writeFileSync(join(directory, 'device.pem'), '')
  })

  /** What bash offers when the last word is to be completed. */
  function offered(...words: string[]): string[] {
    const program = `source completion.bash
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_muster
printf '%s\\n' "\${COMPREPLY[@]}"`
    const given = ['--norc', '-c', program, 'bash', 'muster', ...words]
    const text = execFileSync('bash', given, { cwd: directory, encoding: 'utf8' })
    return text.split('\n').filter((line) => line !== '')
  }

  it.each([
    ['commands', ['st'], ['start']],
    ['commands behind an option and its value', ['--data-dir', 'x', 'ver'], ['verify']],
    ['what may follow a command', ['audit', ''], ['verify', 'export']],
    ['shells', ['completion', 'z'], ['zsh']],
    ['options of the command', ['audit', 'verify', '--he'], ['--head', '--help']],
    ['options of the server', ['start', '--api-u'], ['--api-url']],
    ['values of an option', ['start', '--log-level', 'e'], ['error']],
    ['files', ['inspect', 'dev'], ['device.pem']],
    ['files of an option', ['start', '--tls-key', 'dev'], ['device.pem']],
    ['nothing for a value that can be anything', ['start', '--region', ''], []],
    ['nothing where nothing may follow', ['audit', 'verify', ''], []],
    ['commands to be helped with', ['help', 'dry'], ['dry-run']],
  ])('offer %s', (_, words, expected) => {
    expect(offered(...words)).toEqual(expected)
  })

  it('are what complete is told of', () => {
    const program = `source completion.bash; complete -p muster`
    expect(execFileSync('bash', ['--norc', '-c', program], { cwd: directory, encoding: 'utf8' })).toContain(
      '_muster',
    )
  })
})

describe('completions of other shells', () => {
  it.each(['zsh', 'fish'])('%s: name every command', async (shell) => {
    const { stdout } = await muster(['completion', shell])
    for (const name of ['start', 'dry-run', 'audit', 'completion']) expect(stdout).toContain(name)
    expect(stdout).toContain('log-level')
  })

  it.skipIf(!isOnPath('zsh'))('zsh takes its script', async () => {
    writeFileSync(join(directory, '_muster'), (await muster(['completion', 'zsh'])).stdout)
    expect(() => execFileSync('zsh', ['-f', '-n', join(directory, '_muster')])).not.toThrow()
  })

  it.skipIf(!isOnPath('fish'))('fish takes its script', async () => {
    writeFileSync(join(directory, 'muster.fish'), (await muster(['completion', 'fish'])).stdout)
    expect(() => execFileSync('fish', ['--no-execute', join(directory, 'muster.fish')])).not.toThrow()
  })

  it('refuses a shell that it does not know', async () => {
    const { code, stderr } = await muster(['completion', 'tcsh'])
    expect(code).toBe(2)
    expect(stderr).toContain('got "tcsh"')
  })
})

it.skipIf(!isOnPath('man'))('the manual page is one', () => {
  const text = execFileSync('man', ['--warnings', '-l', resolve('docs/muster.1')], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], MANPAGER: 'cat', MANWIDTH: '120', LC_ALL: 'C.UTF-8' },
  })
  expect(text).toContain('audit verify')
})
