/** Packets of clients, whole and spoilt. */
import { connectPacket, packet } from '../../src/gateway/ports/testing/test-gateway.ts'

/** A small generator with a seed, so that a run can be repeated: gives an integer below its argument. */
export type Random = (below: number) => number

export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const will5 = [6, 0, 60, 5, 0x11, 0, 0, 0, 9, 'v5', 5, 0x18, 0, 0, 0, 1, 'will/topic', 'bye'] as const

/** One or more of each packet that a client may send, for both versions. */
const samples: readonly Buffer[] = [
  connectPacket.v3('v3'),
  connectPacket.v3('kept', 0),
  connectPacket.v3('v3', 0xce, 'will/topic', 'bye', 'user', 'password'),
  connectPacket.v5('v5'),
  packet(0x10, 'MQTT', 5, ...will5),
  packet(0x10, 'MQTT', 5, 2, 0, 60, 17, 0x11, 0, 0, 0, 9, 0x21, 0, 9, 0x26, 'n', 'v', 0x22, 0, 8, 'v5'),
  packet(0x30, 'a/b', 'payload'),
  packet(0x31, 'kept/1', 'payload'),
  packet(0x32, 'a/b', 0, 7, 'payload'),
  packet(0x3b, 'a/b', 0, 7, 'payload'),
  packet(0x34, 'a/b', 0, 8, 'payload'),
  packet(0x32, 'a/b', 0, 7, 12, 0x03, 'text', 0x26, 'n', 'v', 'payload'),
  packet(0x32, 'a/b', 0, 7, 3, 0x23, 0, 1, 'payload'),
  packet(0x32, '', 0, 7, 3, 0x23, 0, 1, 'payload'),
  packet(0x34, 'a/b', 0, 8, 17, 0x01, 1, 0x02, 0, 0, 0, 9, 0x08, 'r/t', 0x09, 'data', 'payload'),
  packet(0x40, 0, 1),
  packet(0x40, 0, 1, 0, 0),
  packet(0x50, 0, 1),
  packet(0x62, 0, 8),
  packet(0x62, 0, 8, 0x92, 0),
  packet(0x70, 0, 1),
  packet(0x82, 0, 1, 'a/#', 1, '+/b', 2),
  packet(0x82, 0, 1, 0, 'a/#', 0x2d, '$share/g/a/+', 1),
  packet(0x82, 0, 1, 2, 0x0b, 9, 'a/b', 2),
  packet(0xa2, 0, 1, 'a/#'),
  packet(0xa2, 0, 1, 0, 'a/#'),
  packet(0xc0),
  packet(0xe0),
  packet(0xe0, 4, 5, 0x11, 0, 0, 0, 9),
  packet(0xf0, 0x18, 0),
]

/** Half of them are as they should be, so that connections live for a while. */
export function nextPacket(random: Random): Buffer {
  const sample = samples[random(samples.length)] ?? Buffer.alloc(0)
  return random(2) === 0 ? sample : mutate(sample, random)
}

function mutate(bytes: Buffer, random: Random): Buffer {
  const mutant = Buffer.from(bytes)
  for (let changes = random(4); changes >= 0; changes--) mutant[random(mutant.length)] = random(256)
  const kept = random(4) === 0 ? mutant.subarray(0, random(mutant.length + 1)) : mutant
  return random(8) === 0 ? Buffer.concat([kept, kept]) : kept
}

/** In pieces, as a network may bring it. */
export function* cut(bytes: Buffer, random: Random): Generator<Buffer> {
  for (let at = 0; at < bytes.length;) {
    const end = random(3) === 0 ? at + 1 + random(bytes.length - at) : bytes.length
    yield bytes.subarray(at, end)
    at = end
  }
}
