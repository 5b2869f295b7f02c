import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { namesLeadingTo, openOutbound } from '../../../test/helpers/outbound.ts'
import { readSource } from './named-source.ts'

/** A web server, and DNS that gives these addresses for every name. */
async function startWeb(allowed: string, ...addresses: string[]) {
  const hosts: unknown[] = []
  const server = createServer(({ headers }, response) => {
    hosts.push(headers.host)
    response.end('a list')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const outbound = openOutbound(allowed, namesLeadingTo(addresses))
  const url = new URL(`http://pki.example:${port}/ca.crl`)
  const read = (from = url) =>
    readSource(
      { kind: 'url', url: from },
      {
        directory: '',
        signal: AbortSignal.timeout(5000),
        outbound,
        maxBytes: 1000,
        timeoutMs: 5000,
        accept: '*/*',
      },
    )
  return {
    read,
    hosts,
    port,
    [Symbol.asyncDispose]: async () => {
      outbound[Symbol.dispose]()
      server.close().closeAllConnections()
    },
  }
}

it.each([
  ['loopback', ['169.254.169.254']],
  ['loopback', ['::ffff:169.254.169.254']],
  ['loopback', ['fe80::1', '169.254.169.254']],
  ['loopback', ['fd00:ec2::254']],
  ['private', ['127.0.0.1']],
  ['', ['::1']],
  ['', ['10.0.0.7']],
])(
  'asks nobody with %j allowed when a name leads to %j, and does not say why',
  async (allowed, addresses) => {
    await using web = await startWeb(allowed, ...addresses)
    const refused = expect.objectContaining({
      message: `cannot be read: no answer from http://pki.example:${web.port}`,
    })
    await expect(web.read()).rejects.toEqual(refused)
    expect(web.hosts).toEqual([])
  },
)

it('takes the addresses of a name that are left', async () => {
  await using web = await startWeb('loopback', '169.254.169.254', '127.0.0.1')
  expect(await web.read()).toMatchObject({ bytes: Buffer.from('a list') })
  expect(web.hosts).toEqual([expect.stringMatching(/^pki\.example:/)])
})

it('says of an address that is written in the URL that the operator has not listed it', async () => {
  await using web = await startWeb('')
  await expect(web.read(new URL(`http://127.0.0.1:${web.port}/`))).rejects.toThrow('--outbound-allow')
  expect(web.hosts).toEqual([])
})
