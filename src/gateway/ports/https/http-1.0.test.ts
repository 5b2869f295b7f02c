/** HTTP/1.0 on the ports of devices. AWS IoT Developer Guide, "HTTPS": clients speak HTTP 1.0 or 1.1. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lacks } from '../../../../test/helpers/programs.ts'
import {
  accountId,
  device,
  dial,
  serverRoot,
  startTestGateway,
  type TestGateway,
} from '../testing/test-gateway.ts'

let gateway: TestGateway
let heard: string[]
beforeEach(async () => {
  gateway = await startTestGateway({ retains: true })
  heard = []
  gateway.fabric.subscribe(
    accountId,
    '#',
    ({ topic, payload }) => void heard.push(`${topic} ${Buffer.from(payload).toString()}`),
  )
})
afterEach(() => gateway[Symbol.asyncDispose]())

/** All that comes until the server closes. */
async function send(...lines: string[]): Promise<string> {
  const wire = await dial(gateway.httpsPort, { ALPNProtocols: ['http/1.0'] })
  wire.socket.write(lines.join('\r\n'))
  return (await wire.closed).toString()
}

describe('a request by HTTP/1.0', () => {
  it('is answered whole, without a name of the host, and its connection is closed', async () => {
    const answer = await send('POST /topics/a?qos=1 HTTP/1.0', 'Content-Length: 2', '', 'on')
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(answer).toMatch(/\r\nconnection: close\r\n/i)
    expect(answer).not.toMatch(/transfer-encoding/i)
    expect(answer).toMatch(/\r\n\r\n\{"message":"OK",.*\}$/)
    expect(heard).toEqual(['a on'])
  })

  it('may ask for its connection to be kept', async () => {
    const wire = await dial(gateway.httpsPort, { ALPNProtocols: ['http/1.0'] })
    const request = 'POST /topics/a HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\n'
    wire.socket.write(`${request}1${request.replace('keep-alive', 'close')}2`)
    const answers = (await wire.closed).toString()
    expect(answers.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
    expect(heard).toEqual(['a 1', 'a 2'])
  })

  it('gets no 100 that it could not read', async () => {
    const answer = await send(
      'POST /topics/a HTTP/1.0',
      'Expect: 100-continue',
      'Content-Length: 2',
      '',
      'on',
    )
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  })

  it('gets no WebSocket: the header of an upgrade means nothing in it', async () => {
    const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']
    const key = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='
    const answer = await send('GET /mqtt HTTP/1.0', ...upgrade, key, 'Sec-WebSocket-Protocol: mqtt', '', '')
    expect(answer).toMatch(/^HTTP\/1\.1 426 /)
  })
})

it.skipIf(lacks('curl'))('curl -0 publishes and reads', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-curl-'))
  const files = { cert: device.certificatePem, key: device.privateKeyPem, cacert: serverRoot }
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text)
  const identity = Object.keys(files).flatMap((name) => [`--${name}`, join(directory, name)])
  const url = (path: string) => `https://localhost:${gateway.httpsPort}${path}`
  const curl = async (...args: string[]) =>
    (await promisify(execFile)('curl', ['-0', '-sS', '--max-time', '20', ...identity, ...args])).stdout
  expect(await curl('-d', 'kept', url('/topics/a?retain=true&qos=1'))).toContain('"message":"OK"')
  expect(await curl(url('/retainedMessage/a'))).toContain(Buffer.from('kept').toString('base64'))
  await rm(directory, { recursive: true })
})
