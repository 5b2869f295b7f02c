import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CreateTopicRuleDestinationCommand } from '@aws-sdk/client-iot'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestServer } from '../helpers/server.ts'

let inside: Server
let port: number
const paths: string[] = []

beforeAll(async () => {
  inside = createServer(({ url = '' }, response) => {
    paths.push(url)
    response.end()
  }).listen(0, '127.0.0.1')
  await once(inside, 'listening')
  ;({ port } = inside.address() as AddressInfo)
})
afterAll(() => inside.close().closeAllConnections())

const createAt = (confirmationUrl: string) =>
  new CreateTopicRuleDestinationCommand({
    destinationConfiguration: { httpUrlConfiguration: { confirmationUrl } },
  })

it('a server that is started as it comes asks nobody on its own host', async () => {
  await using server = await startTestServer()
  const refused = { name: 'InvalidRequestException', message: expect.stringContaining('--outbound-allow') }
  for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]'])
    await expect(server.iot.send(createAt(`http://${host}:${port}/`))).rejects.toMatchObject(refused)
  // a name for the same address, which cannot be judged before it is looked up
  await server.iot.send(createAt(`http://127.0.0.1.nip.invalid:${port}/`))
  expect(paths).toEqual([])
})

it('a server asks where its operator lets it, and at no other port', async () => {
  await using server = await startTestServer({ outboundAllow: `127.0.0.1:${port}` })
  await server.iot.send(createAt(`http://127.0.0.1:${port}/hook`))
  await expect.poll(() => paths).toEqual([expect.stringContaining('/hook/?confirmationToken=')])
  await expect(server.iot.send(createAt(`http://127.0.0.1:${port + 1}/`))).rejects.toThrow('this host')
})

it.each(['10.0.0.0/99', 'localhost', '127.0.0.1,,'])(
  '--outbound-allow %s keeps a server from starting',
  async (list) => {
    await expect(startTestServer({ outboundAllow: list })).rejects.toThrow(
      /--outbound-allow: ".*" is none of/,
    )
  },
)
