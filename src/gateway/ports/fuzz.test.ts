import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectPacket, packet, startTestGateway, type TestGateway } from './testing/test-gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway[Symbol.asyncDispose]())

/** A small generator with a seed, so that a failure can be repeated. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const samples = [
  connectPacket.v3('raw', 0xce, 'will/topic', 'bye', 'user', 'password'),
  connectPacket.v5('raw', 6, 0, 'will/topic', 'bye'),
  packet(0x10, 'MQTT', 5, 2, 0, 60, 17, 0x11, 0, 0, 0, 9, 0x21, 0, 9, 0x26, 'name', 'v', 'raw'),
  packet(0x32, 'a/b', 0, 7, 'payload'),
  packet(0x32, 'a/b', 0, 7, 12, 0x03, 'text', 0x26, 'n', 'v', 'payload'),
  packet(0x40, 0, 7),
  packet(0x40, 0, 7, 0, 0),
  packet(0x82, 0, 1, 'a/#', 1, '+/b', 0),
  packet(0x82, 0, 1, 0, 'a/#', 0x2d),
  packet(0xa2, 0, 1, 'a/#'),
  packet(0xc0),
  packet(0xe0, 4, 5, 0x11, 0, 0, 0, 9),
  packet(0xf0, 0x18, 0),
]

function mutate(bytes: Buffer, random: (below: number) => number): Buffer {
  const mutant = Buffer.from(bytes)
  for (let changes = random(4); changes >= 0; changes--) mutant[random(mutant.length)] = random(256)
  const kept = random(3) === 0 ? mutant.subarray(0, random(mutant.length + 1)) : mutant
  return random(5) === 0 ? Buffer.concat([kept, kept]) : kept
}

it.each([1, 2, 3])('survives mutated packets (seed %i)', async (seed) => {
  const random = randomFrom(seed)
  for (let round = 0; round < 60; round++) {
    const wire = await gateway.dial()
    if (round % 3 !== 0)
      wire.send(round % 3 === 1 ? connectPacket.v3(`f${round}`) : connectPacket.v5(`f${round}`))
    for (let count = 0; count < 20; count++) wire.send(mutate(samples[random(samples.length)]!, random))
    wire.socket.end()
    await wire.closed
  }
  expect(gateway.errors).toEqual([])
  const client = await gateway.connect({ clientId: 'survivor' })
  await client.publishAsync('a', 'x', { qos: 1 })
  await client.endAsync()
})
