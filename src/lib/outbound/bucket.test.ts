import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bucket, BucketError, type PutCondition } from './bucket.ts'
import { parseObjectList } from './object-list.ts'
import { createTrustedOutbound, type Outbound } from './outbound.ts'
import { readAnswer } from './read-answer.ts'
import { credentials, region, startTestBuckets, type TestBucketService } from './testing/test-bucket.ts'

let service: TestBucketService
let outbound: Outbound
beforeEach(async () => {
  service = await startTestBuckets()
  outbound = createTrustedOutbound()
})
afterEach(async () => {
  outbound[Symbol.dispose]()
  await service[Symbol.asyncDispose]()
})

const open = (changes: object = {}) =>
  new Bucket({
    url: service.url,
    bucket: 'own',
    region,
    credentials,
    outbound,
    now: () => new Date(),
    ...changes,
  })
const read = async (key: string, bytes?: number) =>
  (await readAnswer(await open().get(key, bytes), 1000)).toString()
const faultOf = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing',
    (error: unknown) => (error instanceof BucketError ? [error.status, error.message] : String(error)),
  )

describe('a bucket', () => {
  it('gives back what was put there, or its beginning, whatever its name', async () => {
    for (const key of ['a', 'b/c.d', "odd (name)*!'", 'ü & + =/~'])
      for (const body of ['', 'some bytes']) {
        await open().put(key, Buffer.from(body))
        expect(await read(key)).toBe(body)
      }
    expect(await read('a', 4)).toBe('some')
  })

  it('puts under a condition, or says that it does not hold', async () => {
    const put = (text: string, condition: PutCondition) => open().put('a', Buffer.from(text), condition)
    const first = await put('1', { ifNoneMatch: '*' })
    expect(await faultOf(put('2', { ifNoneMatch: '*' }))).toEqual([412, expect.any(String)])
    const second = await put('2', { ifMatch: first! })
    expect(await faultOf(put('3', { ifMatch: first! }))).toEqual([412, expect.any(String)])
    expect(await open().getWhole('a', 10)).toEqual({ bytes: Buffer.from('2'), etag: second })
    await open().remove('a')
    expect(await faultOf(put('3', { ifMatch: second! }))).toEqual([404, expect.any(String)])
    expect(await faultOf(open().getWhole('a', 10))).toEqual([404, expect.any(String)])
  })

  it('lists all pages of what begins so', async () => {
    for (const key of ['x/1', 'x/2 & more', 'x/3', 'x/4', 'x/5', 'x/6', 'x/7', 'y/1'])
      await open().put(key, Buffer.from(key))
    const found = await open().list('x/')
    expect(found.map(({ key, size }) => [key, size])).toEqual(
      ['x/1', 'x/2 & more', 'x/3', 'x/4', 'x/5', 'x/6', 'x/7'].map((key) => [key, key.length]),
    )
    expect(found[0]?.modifiedAt).toBe(Date.parse('2026-01-02T03:04:05Z'))
    expect(await open().list('z')).toEqual([])
  })

  it('removes what is there, and what is not', async () => {
    await open().put('a', Buffer.from('1'))
    await open().remove('a')
    await open().remove('a')
    expect(await faultOf(read('a'))).toEqual([404, expect.stringContaining('answered 404 to GET of own/a')])
  })

  it.each<[string, object, unknown]>([
    ['another key', { credentials: { ...credentials, secretAccessKey: 'other' } }, 403],
    ['another region', { region: 'us-east-1' }, 403],
    ['nobody there', { url: 'http://127.0.0.1:1' }, undefined],
  ])('says what a service answers to %s', async (_, changes, status) => {
    const bucket = open(changes)
    for (const work of [
      () => bucket.put('a', Buffer.from('1')),
      () => bucket.list(''),
      () => bucket.get('a'),
    ])
      expect(await faultOf(work())).toEqual([status, expect.any(String)])
  })

  it('says that an answer ended too early', async () => {
    await open().put('a', Buffer.from('1'))
    service.fault = (_, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('{}')
      setImmediate(() => response.destroy())
      return true
    }
    await expect(read('a')).rejects.toThrow('aborted')
    await expect(open().list('')).rejects.toThrow('aborted')
  })

  it('does not read more of an answer than is wanted', async () => {
    await open().put('a', Buffer.alloc(1001))
    await expect(read('a')).rejects.toThrow('more than 1000 bytes')
  })
})

describe('a list of objects', () => {
  it('has names with entities in them', () => {
    const contents = '<Contents><Key>a&lt;&#38;&#x3e;&quot;&apos;&other;</Key><Size>1</Size></Contents>'
    const { objects, next } = parseObjectList(`<ListBucketResult>${contents}</ListBucketResult>`)
    expect(objects.map(({ key }) => key)).toEqual([`a<&>"'&other;`])
    expect(next).toBeUndefined()
  })

  it.each(['', '<html></html>', '{"Contents":[]}', '<ListBuckets></ListBuckets>'])('is not %j', (text) => {
    expect(() => parseObjectList(text)).toThrow('no list of objects')
  })
})
