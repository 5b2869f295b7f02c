/** Thousands of devices that are connected and silent, held by a few processes on the core of the load. */
import { once } from 'node:events'
import type { ClosedByServer, IdleLoad } from './idle-load.ts'
import { forkLoad } from './servers.ts'

const devicesAProcess = 5000

export interface IdleDevices extends Disposable {
  onClosed: (listener: (closed: ClosedByServer) => void) => void
}

type Answer = { result: object } | { error: string } | { closed: ClosedByServer }

/** Resolves when devices `0` to `count` are connected. */
export async function connectIdle(
  target: Pick<IdleLoad, 'port' | 'caFile' | 'devicesFile'>,
  count: number,
): Promise<IdleDevices> {
  const listeners = new Set<(closed: ClosedByServer) => void>()
  const children: ReturnType<typeof forkLoad>[] = []
  const dispose = () => children.forEach((child) => child.kill())
  for (let from = 0; from < count; from += devicesAProcess) {
    const child = forkLoad('idle-load')
    children.push(child)
    const to = Math.min(from + devicesAProcess, count)
    child.send({ ...target, from, to, concurrency: 32 } satisfies IdleLoad)
    const [answer] = (await once(child, 'message')) as [Answer]
    if (!('result' in answer)) {
      dispose()
      throw new Error(`the devices could not stay connected: ${JSON.stringify(answer)}`)
    }
    child.on('message', (message: Answer) => {
      if ('closed' in message) for (const listener of listeners) listener(message.closed)
    })
  }
  return { onClosed: (listener) => void listeners.add(listener), [Symbol.dispose]: dispose }
}
