import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import type { LookUpName } from './http-get.ts'
import { readSource } from './read-source.ts'

/** A web server, and DNS that gives these addresses for every name. */
async function startWeb(...addresses: string[]) {
  const hosts: unknown[] = []
  const server = createServer(({ headers }, response) => {
    hosts.push(headers.host)
    response.end('a list')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const lookUp: LookUpName = (_name, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  const url = new URL(`http://pki.example:${port}/ca.crl`)
  const read = () =>
    readSource({ kind: 'url', url }, { directory: '', signal: AbortSignal.timeout(5000), lookUp })
  return { read, hosts, [Symbol.asyncDispose]: async () => server.close().closeAllConnections() }
}

it.each([['169.254.169.254'], ['::ffff:169.254.169.254'], ['fe80::1', '169.254.169.254'], ['fd00:ec2::254']])(
  'asks nobody when a name leads to %s, where clouds give out credentials',
  async (...addresses) => {
    await using web = await startWeb(...addresses)
    await expect(web.read()).rejects.toThrow('cannot be read: EADDRREFUSED')
  },
)

it('takes the addresses of a name that are left', async () => {
  await using web = await startWeb('169.254.169.254', '127.0.0.1')
  expect(await web.read()).toMatchObject({ bytes: Buffer.from('a list') })
  expect(web.hosts).toEqual([expect.stringMatching(/^pki\.example:/)])
})
