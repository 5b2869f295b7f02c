import { expect, it } from 'vitest'
import { createLocalFabric, type Message, type Shares } from '../in-process/index.ts'
import type { MessageEntry } from './frames/index.ts'
import { createNodeFabrics } from './node-fabric.ts'

const message: Message = { accountId: '1', topic: 'a', payload: new Uint8Array(), qos: 0, retain: false }

interface Given {
  keep?: () => Promise<void> | undefined
  share?: () => Shares
  /** Names of nodes. */
  wanting?: readonly string[]
  /** Sessions elsewhere, and shared groups. */
  wantElse?: { kept?: boolean; shared?: boolean }
}

/** The fabrics of a node, and what its parts hear. */
function open({ keep = () => undefined, share = () => [], wanting = ['b'], wantElse = {} }: Given = {}) {
  const heard: string[] = []
  const options = { onError: (cause: unknown) => void heard.push(String(cause)) }
  const [services, clients, kept] = [1, 2, 3].map(() => createLocalFabric(options)) as [
    ReturnType<typeof createLocalFabric>,
    ReturnType<typeof createLocalFabric>,
    ReturnType<typeof createLocalFabric>,
  ]
  const fabrics = createNodeFabrics({
    services,
    clients,
    kept,
    announce: async () => void heard.push('announced'),
    interest: { wanting: () => wanting, want: () => wanting.length > 0 },
    frames: {
      add(entry, nodeNames) {
        const { shares = [], isShared } = entry as MessageEntry
        const what = isShared ? 'for groups alone' : 'sent'
        for (const nodeName of nodeNames) heard.push([what, 'to', nodeName, ...shares.flat()].join(' '))
      },
    },
    sharing: () => ({ share, wants: () => wantElse.shared ?? false }),
    keeping: () => ({ keep, wants: () => wantElse.kept ?? false }),
  })
  fabrics.forServices.subscribe('1', 'a', () => void heard.push('service'))
  fabrics.forClients.subscribe('1', 'a', () => void heard.push('client'))
  fabrics.forKept.subscribe('1', 'a', () => void heard.push('kept'))
  return { heard, ...fabrics }
}

it('gives what is published here to services, clients, and other nodes, whoever publishes it', () => {
  const { forServices, forClients, heard } = open()
  for (const fabric of [forServices, forClients]) {
    expect(fabric.publish(message)).toBeUndefined()
    expect(heard.splice(0)).toEqual(['sent to b', 'service', 'client', 'kept'])
  }
})

it('sends it to those nodes alone that want it', () => {
  const { forClients, heard } = open({ wanting: [] })
  void forClients.publish(message)
  expect(heard).toEqual(['service', 'client', 'kept'])
})

it('says to other nodes for which members of shared groups a message is, to whoever wants it anyway or was picked', () => {
  const shares: Shares = [
    ['group/a', 'b'],
    ['other/a', 'c'],
  ]
  const { forClients, heard } = open({ share: () => shares })
  void forClients.publish(message)
  expect(heard.slice(0, 2)).toEqual([
    'sent to b group/a b other/a c',
    'for groups alone to c group/a b other/a c',
  ])
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
    expect(heard.splice(0)).toEqual(['sent to b', 'service', 'client', 'written down'])
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

it('announces to all nodes', async () => {
  const { forServices, heard } = open()
  await forServices.announce({ accountId: '1', kind: 'thing', id: 'lamp' })
  expect(heard).toEqual(['announced'])
})

it.each<[string, Given, string, boolean]>([
  ['nobody does', {}, 'b', false],
  ['one here does', {}, 'a', true],
  ['another node does', { wanting: ['b'] }, 'b', true],
  ['a session that is kept anywhere does', { wantElse: { kept: true } }, 'b', true],
  ['a shared group does', { wantElse: { shared: true } }, 'b', true],
])('tells whether somebody listens: %s', (_, given, topic, does) => {
  const { forServices } = open({ wanting: [], ...given })
  expect(forServices.hasSubscribers('1', topic)).toBe(does)
})
