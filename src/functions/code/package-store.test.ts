import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strToU8, zipSync } from 'fflate'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestStore } from '../../../test/helpers/store.ts'
import type { Store } from '../../store/index.ts'
import { createFunction } from '../registry/function-store.ts'
import { createSettings } from '../registry/settings.ts'
import { openCodeStore } from './code-store.ts'
import { sharedPackages, sharePackages } from './package-store.ts'

const accountId = '123456789012'
const archive = zipSync({ 'index.js': strToU8('exports.handler = async () => 1') })

let store: Store
let directory: string
beforeAll(async () => {
  store = await openTestStore()
  directory = mkdtempSync(join(tmpdir(), 'muster-packages-'))
})
afterAll(async () => {
  await store[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
})

const open = (name: string, isShared = true) =>
  openCodeStore({
    codeDirectory: join(directory, name),
    temporaryDirectory: directory,
    ...(isShared && { shared: sharedPackages(store) }),
  })

it('has a package that another node was given, until it is removed there', async () => {
  await using one = await open('one')
  await using other = await open('other')
  const { codeId } = await one.save(accountId, archive)
  expect(Buffer.from((await other.read(accountId, codeId)) ?? [])).toEqual(Buffer.from(archive))
  await using unpacked = await other.unpack(accountId, codeId)
  expect(unpacked.directory).toContain(codeId)
  await one.remove(accountId, codeId)
  expect(await one.read(accountId, codeId)).toBeUndefined()
  await using third = await open('third')
  await expect(third.unpack(accountId, codeId)).rejects.toThrow('is not there')
})

it('gives other nodes what was there before there were any, as often as it is told', async () => {
  await using alone = await open('alone', false)
  const code = await alone.save(accountId, archive)
  const settings = createSettings({
    Runtime: 'nodejs20.x',
    Handler: 'index.handler',
    Role: 'arn:aws:iam::1:role/one',
  })
  const key = { accountId, region: 'us-east-1', functionName: 'onboard' }
  await store.transact((db) => createFunction(db, { ...key, settings, code, now: new Date() }))
  await sharePackages(store, alone)
  await sharePackages(store, alone)
  await using other = await open('another')
  expect(Buffer.from((await other.read(accountId, code.codeId)) ?? [])).toEqual(Buffer.from(archive))
})
