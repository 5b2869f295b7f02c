/** A TCP connection through which a server is reached, and that can be cut as a network can: without a word. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface Wire extends AsyncDisposable {
  port: number
  /** From now on nothing arrives, in either direction, and nobody hears of it. */
  cut: () => void
}

export async function openWire(to: number): Promise<Wire> {
  const ends = new Set<Socket>()
  let isCut = false
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1')
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(from)
      from.on('data', (bytes) => {
        if (!isCut) into.write(bytes)
      })
      from.on('error', () => {})
      from.on('close', () => {
        ends.delete(from)
        if (!isCut) into.destroy()
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => void (isCut = true),
    async [Symbol.asyncDispose]() {
      for (const end of ends) end.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
