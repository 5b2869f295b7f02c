import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Lambda } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lacks } from '../../../test/helpers/programs.ts'
import { openTestAccount, zip } from '../testing/test-account.ts'
import { findPythonGap } from './python-gap.ts'

const source = { 'index.py': 'def handler(event, context):\n    return 1' }
const python = { Runtime: 'python3.12' as const }

describe.skipIf(lacks('python3'))('a Python function on a machine', () => {
  let directory: string
  const binOf = (name: string) => join(directory, name, 'bin')
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'python-gap-'))
    await mkdir(binOf('empty'), { recursive: true })
    for (const name of ['bare', 'full'])
      execFileSync('python3', ['-m', 'venv', '--without-pip', join(directory, name)])
    const [version = ''] = await readdir(join(directory, 'full', 'lib'))
    const module = join(directory, 'full', 'lib', version, 'site-packages', 'boto3')
    await mkdir(module)
    await writeFile(join(module, '__init__.py'), '')
  })
  afterAll(() => rm(directory, { recursive: true }))

  async function logOf(programs: string, files: Record<string, string>, settings: object = python) {
    await using account = await openTestAccount({ programPath: binOf(programs) })
    await account.create('f', files, settings)
    return account.logOf('f')
  }

  it.each([
    ['without boto3', 'bare', /^\[WARNING\] the python3 of this machine has no boto3/],
    ['without Python', 'empty', /^\[WARNING\] this machine has no python3/],
  ])('%s is created with a warning as the first line of its log', async (_title, programs, line) => {
    expect(await logOf(programs, source)).toEqual([expect.stringMatching(line)])
  })

  it('with boto3 is created without a word', async () => {
    expect(await findPythonGap(binOf('full'))).toBeUndefined()
    expect(await logOf('full', source)).toEqual([])
  })

  it('without boto3 is created without a word when the package brings it', async () => {
    expect(await logOf('bare', { ...source, 'boto3/__init__.py': '' })).toEqual([])
  })

  it('without Python leaves functions of other runtimes alone', async () => {
    expect(await logOf('empty', { 'index.mjs': '' }, {})).toEqual([])
  })

  it('is warned about again when its package changes or it becomes Python', async () => {
    await using account = await openTestAccount({ programPath: binOf('bare') })
    const lambda = new Lambda(account.client)
    await account.create('f', { 'index.mjs': '' })
    await lambda.updateFunctionConfiguration({ FunctionName: 'f', MemorySize: 256 })
    expect(account.logOf('f')).toHaveLength(0)
    await lambda.updateFunctionConfiguration({ FunctionName: 'f', ...python })
    expect(account.logOf('f')).toHaveLength(1)
    await lambda.updateFunctionCode({ FunctionName: 'f', ZipFile: zip(source) })
    expect(account.logOf('f')).toHaveLength(2)
  })
})
