import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openOutbound } from '../../../test/helpers/outbound.ts'
import type { NamedSource } from '../../lib/outbound/named-source.ts'
import { AllowListError } from './allow-list.ts'
import { openAllowLists, type AllowLists } from './allow-lists.ts'

const accountId = '000000000000'
let directory: string
let lists: AllowLists
let warnings: unknown[]
let now: Date
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'allow-lists-'))
  warnings = []
  now = new Date('2026-01-01T00:00:00Z')
  lists = openAllowLists({
    directory,
    outbound: openOutbound('loopback'),
    log: { warn: (fields: unknown) => void warnings.push(fields) },
    now: () => now,
  })
})
afterEach(async () => {
  lists[Symbol.dispose]()
  await rm(directory, { recursive: true })
})

const later = (ms: number) => (now = new Date(now.getTime() + ms))
const file: NamedSource = { kind: 'file', name: 'lamps.csv' }
const write = (text: string) => writeFile(join(directory, 'lamps.csv'), text)
const size = async (source: NamedSource) => (await lists.find(accountId, source)).size

describe('a file', () => {
  it('counts as it is now', async () => {
    await write('common-name\nlamp-1\n')
    expect(await size(file)).toBe(1)
    await write('common-name\nlamp-1\nlamp-2\n')
    expect(await size(file)).toBe(2)
  })

  it('is asked for in vain until it is there', async () => {
    await expect(size(file)).rejects.toEqual(
      new AllowListError('cannot be read: ENOENT for the file lamps.csv'),
    )
    await write('common-name\nlamp-1\n')
    expect(await size(file)).toBe(1)
  })

  it('counts as it was while a mistake is in it, which is told once', async () => {
    await write('common-name\nlamp-1\n')
    expect(await size(file)).toBe(1)
    await write('common-name\n"lamp-1\n')
    expect(await size(file)).toBe(1)
    expect(await size(file)).toBe(1)
    expect(warnings).toEqual([{ list: 'lamps.csv', fault: 'line 2: a quotation mark is in the wrong place' }])
    await write('common-name\nlamp-1\nlamp-2\n')
    expect(await size(file)).toBe(2)
  })

  it('with a mistake that never was without one is no list', async () => {
    await write('')
    await expect(size(file)).rejects.toThrow('line 1: expected the names of columns')
    await expect(size(file)).rejects.toThrow('line 1: expected the names of columns')
  })

  it('of more than 16 MiB is not read', async () => {
    await write(`common-name\n${'\n'.repeat(16 * 1024 * 1024)}`)
    await expect(size(file)).rejects.toThrow('has more than 16777216 bytes')
  })

  it('may not be a directory', async () => {
    await expect(size({ kind: 'file', name: '.' })).rejects.toThrow(AllowListError)
  })
})

describe('a URL', () => {
  async function startWeb(answer: (response: ServerResponse, asked: number) => void) {
    const requests: unknown[] = []
    const server = createServer(({ headers }, response) => {
      requests.push(headers['if-none-match'])
      answer(response, requests.length)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    return {
      source: { kind: 'url', url: new URL(`http://127.0.0.1:${port}/lamps.csv?key=secret`) } as const,
      requests,
      [Symbol.asyncDispose]: async () => server.close().closeAllConnections(),
    }
  }

  it('is asked once for devices that come together, and again after a minute, whether it changed', async () => {
    await using web = await startWeb((response, asked) => {
      if (asked === 1) response.setHeader('etag', '"1"').end('common-name\nlamp-1\n')
      else if (asked === 2) response.writeHead(304).end()
      else response.end('common-name\nlamp-1\nlamp-2\n')
    })
    expect(await Promise.all([size(web.source), size(web.source)])).toEqual([1, 1])
    later(59_999)
    expect(await size(web.source)).toBe(1)
    expect(web.requests).toEqual([undefined])
    later(1)
    expect(await size(web.source)).toBe(1)
    later(60_000)
    expect(await size(web.source)).toBe(2)
    expect(web.requests).toEqual([undefined, '"1"', '"1"'])
  })

  it('that fails leaves the list as it was, and is asked again after ten seconds', async () => {
    await using web = await startWeb((response, asked) => {
      if (asked === 2) response.writeHead(500).end()
      else response.end('common-name\nlamp-1\n')
    })
    expect(await size(web.source)).toBe(1)
    later(60_000)
    expect(await size(web.source)).toBe(1)
    later(9_999)
    expect(await size(web.source)).toBe(1)
    expect(web.requests.length).toBe(2)
    later(1)
    expect(await size(web.source)).toBe(1)
    expect(web.requests.length).toBe(3)
    expect(JSON.stringify(warnings)).toContain('HTTP status 500')
    expect(JSON.stringify(warnings)).not.toContain('secret')
  })

  it('that never answered is no list', async () => {
    await using web = await startWeb((response) => void response.writeHead(404).end())
    await expect(size(web.source)).rejects.toThrow('cannot be read: HTTP status 404')
  })
})
