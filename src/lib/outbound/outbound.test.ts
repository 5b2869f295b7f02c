import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { namesLeadingTo, openOutbound } from '../../../test/helpers/outbound.ts'
import { createTrustedOutbound, type Outbound } from './outbound.ts'

let server: Server
let port: number
let paths: (string | undefined)[]

beforeEach(async () => {
  paths = []
  server = createServer(({ url }, response) => {
    paths.push(url)
    response.end('inside')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  ;({ port } = server.address() as AddressInfo)
})
afterEach(() => server.close().closeAllConnections())

/** The status, or the code of the error. */
function ask(outbound: Outbound, host: string, protocol = 'http'): Promise<unknown> {
  return new Promise((resolve) => {
    outbound
      .request(new URL(`${protocol}://${host}:${port}/secret`), { signal: AbortSignal.timeout(5000) })
      .on('response', (response) => resolve(response.resume().statusCode))
      .on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
      .end()
  })
}

describe('without leave of the operator, nothing is sent', () => {
  it.each([
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
    '[::]',
    'localhost',
  ])('to %s', async (host) => {
    using outbound = openOutbound('')
    expect([await ask(outbound, host), await ask(outbound, host, 'https')]).toEqual([
      'EADDRREFUSED',
      'EADDRREFUSED',
    ])
    expect(paths).toEqual([])
  })

  it.each([['127.0.0.1'], ['::ffff:7f00:1'], ['10.255.255.1', '127.0.0.1']])(
    'to a name that leads to %s',
    async (...addresses) => {
      using outbound = openOutbound('', namesLeadingTo(addresses))
      expect(await ask(outbound, 'inside.example')).toBe('EADDRREFUSED')
      expect(paths).toEqual([])
    },
  )

  it('to a name that led elsewhere when it was looked at before', async () => {
    const lookUp = namesLeadingTo(['127.0.0.1'], ['127.0.0.2'])
    using outbound = openOutbound('127.0.0.1', lookUp)
    expect(await ask(outbound, 'rebinding.example')).toBe(200)
    server.closeAllConnections()
    await expect.poll(() => ask(outbound, 'rebinding.example')).toBe('EADDRREFUSED')
    expect(paths).toEqual(['/secret'])
  })

  it('to another port than the listed one', async () => {
    using outbound = openOutbound(`127.0.0.1:${port + 1}`)
    expect(await ask(outbound, '127.0.0.1')).toBe('EADDRREFUSED')
  })
})

it('connects to the address that was judged, and to no other', async () => {
  const lookUp = namesLeadingTo(['127.0.0.1'], ['169.254.169.254'])
  using outbound = openOutbound(`127.0.0.1:${port}`, lookUp)
  expect(await ask(outbound, 'inside.example')).toBe(200)
})

it('goes anywhere for a service that the operator named', async () => {
  using outbound = createTrustedOutbound()
  expect(await ask(outbound, '127.0.0.1')).toBe(200)
})

it.each([
  'http://127.0.0.1/',
  'http://0x7f000001/',
  'http://[::1]/',
  'http://localhost/',
  'http://a.localhost./',
])('says that %s needs the operator', (url) => {
  using outbound = openOutbound('')
  expect(outbound.findFault(new URL(url))).toContain('--outbound-allow')
})

it('says nothing of a name, whatever it leads to', () => {
  using outbound = openOutbound('', namesLeadingTo(['127.0.0.1']))
  expect(outbound.findFault(new URL('http://inside.example/'))).toBeUndefined()
})
