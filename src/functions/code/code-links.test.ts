import { request } from 'node:http'
import {
  DeleteFunctionCommand,
  GetFunctionCommand,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestAccount, zip, type TestAccount } from '../testing/test-account.ts'
import { createCodeLinks } from './code-links.ts'

const files = (n: number) => ({ 'index.js': `exports.handler = async () => ${n}` })

let account: TestAccount
beforeAll(async () => {
  account = await openTestAccount()
})
afterAll(() => account[Symbol.asyncDispose]())

const locationOf = async (FunctionName: string) =>
  (await account.lambda.send(new GetFunctionCommand({ FunctionName }))).Code?.Location ?? ''
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())

describe('the address of a function’s code', () => {
  it('gives the deployment package as it was uploaded, without a signature', async () => {
    await account.create('whole', files(1))
    const location = await locationOf('whole')
    const response = await fetch(location)
    expect(location.startsWith(`${account.url}/`)).toBe(true)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/zip'])
    expect(await bytesOf(response)).toEqual(Buffer.from(zip(files(1))))
  })

  it('is of the version that was asked for', async () => {
    await account.create('versions', files(1))
    await account.lambda.send(new PublishVersionCommand({ FunctionName: 'versions' }))
    await account.lambda.send(
      new UpdateFunctionCodeCommand({ FunctionName: 'versions', ZipFile: zip(files(2)) }),
    )
    const [first, latest] = [await locationOf('versions:1'), await locationOf('versions')]
    expect(await bytesOf(await fetch(first))).toEqual(Buffer.from(zip(files(1))))
    expect(await bytesOf(await fetch(latest))).toEqual(Buffer.from(zip(files(2))))
  })

  it.each([
    ['its code is another’s', (location: string) => location.replace(/code\/\d+/, 'code/999999999999')],
    ['it is to live longer', (location: string) => location.replace(/\/(\d{13})\//, '/9$1/')],
    ['its signature is another', (location: string) => `${location.slice(0, -2)}AA`],
    ['it goes on', (location: string) => `${location}/more`],
    ['it has no signature', (location: string) => location.replace(/\/[^/]*$/, '')],
    ['it is a path', (location: string) => location.replace(/code\/.*$/, 'code/..%2f..%2fmuster.db')],
  ])('opens nothing when %s', async (_, change) => {
    await account.create('guarded', files(1)).catch(() => undefined)
    const response = await fetch(change(await locationOf('guarded')))
    expect(response.status).toBe(403)
    expect(await response.text()).toContain('was not given out by this server')
  })

  it('says that the code is gone when it was deleted', async () => {
    await account.create('gone', files(1))
    const location = await locationOf('gone')
    await account.lambda.send(new DeleteFunctionCommand({ FunctionName: 'gone' }))
    expect((await fetch(location)).status).toBe(404)
  })

  it('is valid for ten minutes', async () => {
    let now = new Date(0)
    const links = createCodeLinks({ code: { read: async () => Buffer.from('zip') }, now: () => now })
    const token = links.create('1', 'code').replace('/functions/code/', '')
    now = new Date(600_000)
    expect(Buffer.from(await links.read(token)).toString()).toBe('zip')
    now = new Date(600_001)
    await expect(links.read(token)).rejects.toMatchObject({ code: 'AccessDeniedException' })
  })

  it('is worth nothing to another server', async () => {
    await using other = await openTestAccount()
    await other.create('whole', files(1))
    const path = new URL(await locationOf('whole')).pathname
    expect((await fetch(other.url + path)).status).toBe(403)
  })

  it('is told to nobody who may not have the function', async () => {
    const status = await new Promise((resolve) => {
      request(`${account.url}/2015-03-31/functions/whole`, (response) => resolve(response.statusCode)).end()
    })
    expect(status).toBe(403)
  })
})
