import type { IClientOptions } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accountId } from './testing/test-gateway.ts'
import { closed, SessionScene, v5 } from './testing/test-sessions.ts'

let scene: SessionScene
beforeEach(() => void (scene = new SessionScene()))
afterEach(() => scene.gateway[Symbol.asyncDispose]())

describe('a will', () => {
  const withWill = (delay: number, expiry = 100): IClientOptions => ({
    ...v5(expiry),
    will: {
      topic: 'last/words',
      payload: Buffer.from('bye'),
      qos: 1,
      retain: false,
      properties: { willDelayInterval: delay },
    },
  })

  async function listen() {
    const wills: string[] = []
    scene.gateway.fabric.subscribe(
      accountId,
      'last/words',
      ({ payload }) => void wills.push(Buffer.from(payload).toString()),
    )
    return wills
  }

  it('is published by a server that stops, and kept for who has a session', async () => {
    await scene.start()
    const away = await scene.connect('away')
    await away.client.subscribeAsync('last/words', { qos: 1 })
    away.client.end()
    await scene.gateway.recorded('disconnected')
    const here = await scene.connect('here')
    await here.client.subscribeAsync('last/words', { qos: 1 })
    const last = { topic: 'last/words', payload: Buffer.from('bye'), qos: 1 } as const
    const dying = await scene.connect('dying', { clean: true, will: last })
    await scene.gateway.gateway[Symbol.asyncDispose]()
    for (const clientId of ['away', 'here'])
      expect(scene.gateway.sessions.find(accountId, clientId)?.queuedMessages).toBe(1)
    for (const { client } of [here, dying]) client.end(true)
  })

  it('waits for its delay when the connection breaks, and is cancelled by the next one', async () => {
    const clock = { now: new Date() }
    await scene.start({ now: () => clock.now })
    const wills = await listen()
    const first = await scene.connect('lamp', withWill(30))
    first.client.stream.destroy()
    await scene.gateway.recorded('connection-lost')
    const second = await scene.connect('lamp', withWill(30))
    clock.now = new Date(clock.now.getTime() + 40_000)
    scene.gateway.sessions.sweep()
    expect(wills).toEqual([])
    second.client.stream.destroy()
    while (scene.gateway.codes().filter((code) => code === 'connection-lost').length < 2)
      await new Promise(setImmediate)
    clock.now = new Date(clock.now.getTime() + 40_000)
    scene.gateway.sessions.sweep()
    expect(wills).toEqual(['bye'])
  })

  it.each([
    ['without a delay is published when the client id is taken over', 0, ['bye']],
    ['with a delay is not', 30, []],
  ])('%s', async (_title, delay, expected) => {
    await scene.start()
    const wills = await listen()
    const first = await scene.connect('lamp', withWill(delay))
    const ended = closed(first.client)
    const second = await scene.connect('lamp', v5(100))
    await ended
    expect(wills).toEqual(expected)
    await second.client.endAsync()
  })

  it('is published by DISCONNECT 0x04 and not by 0x00', async () => {
    await scene.start()
    const wills = await listen()
    for (const reasonCode of [0, 4]) {
      const { client } = await scene.connect('lamp', withWill(0, 0))
      await client.endAsync(false, { reasonCode })
    }
    while (scene.gateway.codes().filter((code) => code === 'disconnected').length < 2)
      await new Promise(setImmediate)
    expect(wills).toEqual(['bye'])
  })
})
