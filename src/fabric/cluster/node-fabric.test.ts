import { expect, it } from 'vitest'
import { createLocalFabric, type Message, type Shares } from '../in-process/index.ts'
import { createNodeFabrics } from './node-fabric.ts'

const message: Message = { accountId: '1', topic: 'a', payload: new Uint8Array(), qos: 0, retain: false }

/** The fabrics of a node, and what its parts hear. */
function open({ keep = (): Promise<void> | undefined => undefined, share = (): Shares => [] } = {}) {
  const heard: string[] = []
  const options = { onError: (cause: unknown) => void heard.push(String(cause)) }
  const [services, clients, kept] = [1, 2, 3].map(() => createLocalFabric(options)) as [
    ReturnType<typeof createLocalFabric>,
    ReturnType<typeof createLocalFabric>,
    ReturnType<typeof createLocalFabric>,
  ]
  const announce = async () => void heard.push('announced')
  const send = (_message: Message, shares: Shares) => void heard.push(['sent', ...shares.flat()].join(' '))
  const fabrics = createNodeFabrics({ services, clients, kept, announce, send, share, keep })
  fabrics.forServices.subscribe('1', 'a', () => void heard.push('service'))
  fabrics.forClients.subscribe('1', 'a', () => void heard.push('client'))
  kept.subscribe('1', 'a', () => void heard.push('kept'))
  return { heard, ...fabrics }
}

it('gives what is published here to services, clients, and other nodes, whoever publishes it', () => {
  const { forServices, forClients, heard } = open()
  for (const fabric of [forServices, forClients]) {
    expect(fabric.publish(message)).toBeUndefined()
    expect(heard.splice(0)).toEqual(['sent', 'service', 'client', 'kept'])
  }
})

it('says to other nodes for which members of shared groups a message is', () => {
  const { forClients, heard } = open({ share: () => [['group/a', 'b']] })
  void forClients.publish(message)
  expect(heard[0]).toBe('sent group/a b')
})

it('gives what other nodes publish to clients alone, as rules have acted there', () => {
  const { hear, heard } = open()
  hear(message)
  expect(heard).toEqual(['client', 'kept'])
})

it.each([1, 2] as const)(
  'leaves QoS %i for sessions that are kept to the database, here and from elsewhere',
  async (qos) => {
    const { forServices, hear, heard } = open({ keep: async () => void heard.push('written down') })
    await forServices.publish({ ...message, qos })
    expect(heard.splice(0)).toEqual(['sent', 'service', 'client', 'written down'])
    hear({ ...message, qos })
    expect(heard).toEqual(['client'])
  },
)

it('waits for whoever has to make a message durable, on either side', async () => {
  const { forServices, forClients, heard } = open()
  forClients.subscribe('1', 'a', () => Promise.resolve().then(() => void heard.push('durable')))
  await forServices.publish(message)
  expect(heard).toContain('durable')
  forServices.subscribe('1', 'a', () => Promise.reject(new Error('disk full')))
  await expect(forServices.publish(message)).rejects.toThrow('disk full')
})

it('announces to all nodes, and says that others may listen', async () => {
  const { forServices, heard } = open()
  await forServices.announce({ accountId: '1', kind: 'thing', id: 'lamp' })
  expect(heard).toEqual(['announced'])
  expect(forServices.hasSubscribers('1', 'b')).toBe(true)
})
