import { PassThrough, Writable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { Flusher, Outbox } from './outbox.ts'

const bytes = (text: string) => Buffer.from(text)

/** A client that reads only when `read` is called. */
function openClient(maxBytes = 100) {
  const writes: string[] = []
  let release: (() => void) | undefined
  const stream = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      writes.push(chunk.toString())
      release = done
    },
  })
  const events: string[] = []
  const outbox = new Outbox(stream as unknown as PassThrough, new Flusher(), {
    maxBytes,
    onFlushed: () => events.push('flushed'),
    onDrained: () => events.push('drained'),
  })
  return { writes, events, outbox, stream, read: () => release?.() }
}

it('writes what was added in one turn together, in order, and nothing before the turn ends', async () => {
  const { outbox, writes, events } = openClient()
  for (const text of ['a', 'b', 'c']) outbox.add(bytes(text))
  expect(writes).toEqual([])
  await turn()
  expect(writes).toEqual(['abc'])
  expect(events).toEqual(['flushed'])
})

it('writes a lone packet without copying it, so that its receivers share the bytes', async () => {
  const written: Buffer[] = []
  const stream = new PassThrough()
  stream.on('data', (chunk: Buffer) => written.push(chunk))
  const outbox = new Outbox(stream, new Flusher(), { maxBytes: 100, onFlushed() {}, onDrained() {} })
  const packet = bytes('shared')
  outbox.add(packet)
  await turn()
  await turn()
  expect(written[0]?.buffer).toBe(packet.buffer)
  expect(written[0]?.byteOffset).toBe(packet.byteOffset)
})

it('stamps each copy of shared bytes, and leaves the bytes themselves alone', async () => {
  const { outbox, stream, writes } = openClient()
  const raw: Buffer[] = []
  stream._write = (chunk: Buffer, _encoding, done) => {
    raw.push(chunk)
    done()
  }
  const shared = Buffer.from([0x32, 5, 0, 1, 0x61, 0, 0])
  const stamp = (packetId: number, header = 0x32) => ({ header, packetId, packetIdAt: 5 })
  outbox.add(shared, stamp(0x0102))
  await turn()
  outbox.add(Buffer.from([0xd0, 0]))
  outbox.add(shared, stamp(3, 0x3a))
  outbox.add(shared, stamp(4))
  await turn()
  expect(writes).toEqual([])
  expect(raw).toEqual([
    Buffer.from([0x32, 5, 0, 1, 0x61, 1, 2]),
    Buffer.from([0xd0, 0, 0x3a, 5, 0, 1, 0x61, 0, 3, 0x32, 5, 0, 1, 0x61, 0, 4]),
  ])
  expect(shared).toEqual(Buffer.from([0x32, 5, 0, 1, 0x61, 0, 0]))
})

it('keeps packets while the client does not read, and is full at its bound', async () => {
  const { outbox, writes, read, events } = openClient(4)
  outbox.add(bytes('1'))
  await turn()
  outbox.add(bytes('22'))
  expect(outbox.isFull).toBe(false)
  outbox.add(bytes('33'))
  expect(outbox.isFull).toBe(true)
  await turn()
  expect(writes).toEqual(['1'])
  expect(events).not.toContain('drained')
  read()
  await turn()
  expect(writes).toEqual(['1', '2233'])
  expect(outbox.isFull).toBe(false)
})

it('says that it has drained only when nothing is left to be read', async () => {
  const { outbox, events, read } = openClient()
  outbox.add(bytes('1'))
  await turn()
  outbox.add(bytes('2'))
  read()
  await turn()
  expect(events.filter((event) => event === 'drained')).toEqual([])
  read()
  await turn()
  expect(events.filter((event) => event === 'drained')).toEqual(['drained'])
})

it('writes nothing to a client that is gone', async () => {
  const { outbox, writes, stream } = openClient()
  outbox.add(bytes('late'))
  stream.destroy()
  await turn()
  expect(writes).toEqual([])
})

it('serves the outboxes of one turn in the order in which they were written to', async () => {
  const flusher = new Flusher()
  const order: string[] = []
  const open = (name: string) => {
    const stream = new PassThrough()
    stream.on('data', () => order.push(name))
    return new Outbox(stream, flusher, { maxBytes: 100, onFlushed() {}, onDrained() {} })
  }
  const [first, second] = [open('first'), open('second')]
  second.add(bytes('x'))
  first.add(bytes('y'))
  second.add(bytes('z'))
  await turn()
  await turn()
  expect(order).toEqual(['second', 'first'])
})
