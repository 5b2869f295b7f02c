import { array, assert, integer, property, uint8Array } from 'fast-check'
import { expect, it } from 'vitest'
import { FrameReader, type Frame } from './frames.ts'
import { PacketFault } from './packet-fault.ts'

const bytesOf = ({ buffer, start, end }: Frame) => buffer.subarray(start, end)

function framed(body: Uint8Array): Buffer {
  const length = body.length < 128 ? [body.length] : [(body.length & 0x7f) | 0x80, body.length >> 7]
  return Buffer.concat([Buffer.from([0x30, ...length]), body])
}

it('gives back the same packets however the stream is cut', () => {
  const bodies = array(uint8Array({ maxLength: 300 }), { maxLength: 8 })
  const cuts = array(integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 50 })
  assert(
    property(bodies, cuts, (packets, steps) => {
      const wanted = packets.map(framed)
      const stream = Buffer.concat(wanted)
      const reader = new FrameReader(1000)
      const frames: Frame[] = []
      for (let at = 0, turn = 0; at < stream.length; turn++) {
        const end = at + (steps[turn % steps.length] ?? 1)
        reader.push(stream.subarray(at, end))
        at = end
        for (let frame = reader.next(); frame; frame = reader.next()) frames.push(frame)
      }
      expect(frames.map(bytesOf)).toEqual(wanted) // also those handed out long ago are untouched
    }),
  )
})

it.each([
  ['a length of more than 4 bytes', [0x30, 0x80, 0x80, 0x80, 0x80], 'malformed-packet'],
  ['a padded length', [0x30, 0x80, 0x00], 'malformed-packet'],
  ['more than is allowed', [0x30, 0xe8, 0x07], 'packet-too-large'],
])('refuses %s before the rest has come', (_what, bytes, reason) => {
  const reader = new FrameReader(1000)
  reader.push(Buffer.from(bytes))
  expect(() => reader.next()).toThrow(PacketFault)
  expect(() => reader.next()).toThrow(expect.objectContaining({ reason }))
})

it('takes a packet of exactly the limit', () => {
  const reader = new FrameReader(1000)
  reader.push(framed(new Uint8Array(997)))
  expect(reader.next()?.end).toBe(1000)
})
