/** A TCP balancer: connections go to one server after the other, and past those that do not take them. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface Balancer extends AsyncDisposable {
  port: number
  /** Connections that each server took, in the order of the servers. */
  taken: () => readonly number[]
}

/** `ports`: of the servers that there are now; always as many. */
export async function openBalancer(ports: () => readonly number[]): Promise<Balancer> {
  const ends = new Set<Socket>()
  const taken = ports().map(() => 0)
  let turn = 0

  function pass(near: Socket, triesLeft: number): void {
    const place = turn++ % taken.length
    const far = connect(ports()[place] ?? 0, '127.0.0.1')
    far.once('connect', () => {
      taken[place] = (taken[place] ?? 0) + 1
      ends.add(far)
      near.pipe(far)
      far.pipe(near)
    })
    far.once('error', () => {
      if (far.bytesRead === 0 && near.bytesRead === 0 && triesLeft > 1) pass(near, triesLeft - 1)
      else near.destroy()
    })
    far.once('close', () => {
      if (ends.delete(far)) near.destroy()
    })
    near.once('close', () => far.destroy())
  }

  const server = createServer({ noDelay: true, pauseOnConnect: true }, (near) => {
    ends.add(near)
    near.on('error', () => {})
    near.once('close', () => ends.delete(near))
    pass(near, taken.length)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    taken: () => taken,
    async [Symbol.asyncDispose]() {
      for (const end of ends) end.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
