import { expect, it } from 'vitest'
import { Inbound } from './inbound.ts'

function open(receiveMaximum = 3) {
  const sent: number[] = []
  let rooms = 0
  const send = (packet: Uint8Array) => void sent.push(packet[0] ?? 0)
  const inbound = new Inbound({ maxTopicAliases: 8, receiveMaximum, send, onRoom: () => void rooms++ })
  return { inbound, sent, rooms: () => rooms }
}

it('answers at once while nothing waits', () => {
  const { inbound, sent } = open()
  inbound.answer(Buffer.of(1))
  expect(sent).toEqual([1])
})

it('answers in the order of the messages, whatever becomes durable first', () => {
  const { inbound, sent } = open()
  const first = inbound.reserve(1)
  const second = inbound.reserve(1)
  inbound.answer(Buffer.of(3))
  second(Buffer.of(2))
  expect(sent).toEqual([])
  first(Buffer.of(1))
  expect(sent).toEqual([1, 2, 3])
  inbound.answer(Buffer.of(4))
  expect(sent).toEqual([1, 2, 3, 4])
})

it('goes on after a message without an answer', () => {
  const { inbound, sent } = open()
  const first = inbound.reserve(1)
  inbound.answer(Buffer.of(2))
  first()
  expect(sent).toEqual([2])
})

it('is full at the receive maximum, and says when there is room', () => {
  const { inbound, rooms } = open(2)
  const first = inbound.reserve(1)
  expect(inbound.isFull).toBe(false)
  const second = inbound.reserve(1)
  expect(inbound.isFull).toBe(true)
  second(Buffer.of(2)) // still waits for the first
  expect([inbound.isFull, rooms()]).toEqual([true, 0])
  first(Buffer.of(1))
  expect([inbound.isFull, rooms()]).toEqual([false, 1])
})

it('counts QoS 1 until its acknowledgement and QoS 2 until its release', () => {
  const { inbound } = open()
  const first = inbound.reserve(2)
  inbound.hold(1)
  inbound.hold(1) // sent again
  inbound.reserve(1)
  expect(inbound.unacknowledged).toBe(2)
  first(Buffer.of(1))
  expect(inbound.unacknowledged).toBe(2)
  inbound.release(1)
  expect(inbound.unacknowledged).toBe(1)
})
