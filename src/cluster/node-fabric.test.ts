import { expect, it } from 'vitest'
import { createLocalFabric, type Message } from '../fabric/index.ts'
import { createNodeFabrics } from './node-fabric.ts'

const message: Message = { accountId: '1', topic: 'a', payload: new Uint8Array(), qos: 0, retain: false }

function open() {
  const heard: string[] = []
  const options = { onError: (cause: unknown) => void heard.push(String(cause)) }
  const [services, clients] = [createLocalFabric(options), createLocalFabric(options)]
  const announce = async () => void heard.push('announced')
  const send = () => void heard.push('sent')
  return { services, clients, heard, ...createNodeFabrics({ services, clients, announce, send }) }
}

it('gives what is published here to services, clients, and other nodes, whoever publishes it', () => {
  const { forServices, forClients, heard } = open()
  forServices.subscribe('1', 'a', () => void heard.push('service'))
  forClients.subscribe('1', 'a', () => void heard.push('client'))
  for (const fabric of [forServices, forClients]) {
    expect(fabric.publish(message)).toBeUndefined()
    expect(heard.splice(0)).toEqual(['sent', 'service', 'client'])
  }
})

it('gives what other nodes publish to clients alone, as rules have acted there', () => {
  const { clients, forServices, forClients, heard } = open()
  forServices.subscribe('1', 'a', () => void heard.push('service'))
  forClients.subscribe('1', 'a', () => void heard.push('client'))
  void clients.publish(message)
  expect(heard).toEqual(['client'])
})

it('waits for whoever has to make a message durable, on either side', async () => {
  const { forServices, forClients, heard } = open()
  forClients.subscribe('1', 'a', () => Promise.resolve().then(() => void heard.push('kept')))
  await forServices.publish(message)
  expect(heard).toEqual(['sent', 'kept'])
  forServices.subscribe('1', 'a', () => Promise.reject(new Error('disk full')))
  await expect(forServices.publish(message)).rejects.toThrow('disk full')
})

it('announces to all nodes, and says that others may listen', async () => {
  const { forServices, heard } = open()
  await forServices.announce({ accountId: '1', kind: 'thing', id: 'lamp' })
  expect(heard).toEqual(['announced'])
  expect(forServices.hasSubscribers('1', 'b')).toBe(true)
})
