import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openCodeStore } from './code-store.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-code-'))
  await mkdir(join(directory, 'temporary'))
})
afterEach(() => rm(directory, { recursive: true }))

const codeDirectory = () => join(directory, 'functions')
const open = () =>
  openCodeStore({ codeDirectory: codeDirectory(), temporaryDirectory: join(directory, 'temporary') })

it('a package that was half written when the server was killed is gone after the next start, others are not', async () => {
  const account = join(codeDirectory(), '000000000000')
  await mkdir(account, { recursive: true })
  for (const name of ['a.zip', 'b.zip.draft', 'c.zip.draft']) await writeFile(join(account, name), 'PK')
  await using _store = await open()
  expect(await readdir(account)).toEqual(['a.zip'])
})

it('a server that never had functions starts', async () => {
  await using store = await open()
  expect(await readdir(store.runDirectory)).toEqual([])
})
