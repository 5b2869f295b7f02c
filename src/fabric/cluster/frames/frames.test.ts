import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { Message } from '../../in-process/index.ts'
import { ClaimNumbers } from '../claims.ts'
import { ownWire } from '../wire.ts'
import { Frames, type Claim, type Entry } from './index.ts'

const message = (payload: string | Uint8Array, more: Partial<Message> = {}): Message => ({
  accountId: '000000000000',
  topic: 'foo/bar',
  payload: Buffer.from(payload),
  qos: 1,
  retain: false,
  ...more,
})

/** Node a sends, b and c hear. */
function open({ maxFrame = 1024 * 1024, isUp = true, form = 1, patienceMs = 1 } = {}) {
  const listeners = new Map<string, (frame: Uint8Array) => void>()
  const sizes: number[] = []
  const errors: unknown[] = []
  const log = { error: (fields: object) => void errors.push(fields) } as never
  const sendFrame = (frame: Uint8Array, nodeName: string) => {
    sizes.push(frame.length)
    if (isUp) listeners.get(nodeName)?.(Buffer.from(frame)) // as the bus does: the frame is written to again
    return isUp
  }
  const join = (nodeName: string): { frames: Frames; heard: Entry[] } => {
    const heard: Entry[] = []
    const onFrame = (listener: (frame: Uint8Array) => void) => void listeners.set(nodeName, listener)
    const bus = { sendFrame, onFrame, maxFrame }
    const frames = new Frames({
      log,
      form: () => form,
      patienceMs,
      bus,
      hear: (entry) => void heard.push(entry),
    })
    return { frames, heard }
  }
  const [{ frames }, { heard }, { heard: heardByC }] = [join('a'), join('b'), join('c')]
  const sendRaw = (frame: Uint8Array) => listeners.get('b')?.(frame)
  return { frames, sizes, heard, heardByC, errors, sendRaw }
}

it('takes all of a turn over in one frame, in its order, as it was', async () => {
  const { frames, sizes, heard } = open()
  const sent: Entry[] = [
    { message: message('one') },
    { claim: { accountId: '1', clientId: 'lamp', number: 3, nodeName: 'a' } },
    { message: message(Buffer.of(0, 255), { properties: { correlationData: Buffer.of(1) }, isWill: true }) },
    { message: message('', { topic: 'a b/ü', retain: true, publisher: { clientId: 'pump' }, hops: 2 }) },
  ]
  for (const entry of sent) frames.add(entry, ['b'])
  await nextTurn()
  expect(heard).toEqual(sent)
  expect(sizes).toHaveLength(1)
})

it('copies what it takes over, as the buffer is used again', async () => {
  const { frames, heard } = open()
  const shared = Buffer.from('before')
  frames.add({ message: { ...message(''), payload: shared.subarray(0, 6) } }, ['b'])
  shared.write('after!')
  await nextTurn()
  expect(heard).toEqual([{ message: message('before') }])
})

it('sends to each node what is for it, in its order', async () => {
  const { frames, sizes, heard, heardByC } = open()
  for (const [text, nodeNames] of [
    ['one', ['b', 'c']],
    ['two', ['c']],
    ['three', []],
    ['four', ['c', 'b']],
  ] as const)
    frames.add({ message: message(text) }, nodeNames)
  await nextTurn()
  frames.add({ message: message('five') }, ['b'])
  await nextTurn()
  const textsOf = (entries: Entry[]) =>
    entries.map((entry) => 'message' in entry && Buffer.from(entry.message.payload).toString())
  expect(textsOf(heard)).toEqual(['one', 'four', 'five'])
  expect(textsOf(heardByC)).toEqual(['one', 'two', 'four'])
  expect(sizes).toHaveLength(3)
})

const claim = (number: number): Entry => ({
  claim: { accountId: '1', clientId: 'lamp', number, nodeName: 'a' },
})

it('lets claims wait for company, and no message for them', async () => {
  const { frames, sizes, heard } = open({ patienceMs: 3_600_000 })
  for (const number of [1, 2]) {
    frames.add(claim(number), ['b'])
    await nextTurn()
  }
  expect(heard).toEqual([])
  frames.add({ message: message('at once') }, ['b'])
  await nextTurn()
  expect(heard).toEqual([claim(1), claim(2), { message: message('at once') }])
  expect(sizes).toHaveLength(1)
})

it('sends claims to every node that they are for when they have waited', async () => {
  const { frames, heard, heardByC } = open()
  for (const number of [1, 2]) {
    frames.add(claim(number), ['b', 'c'])
    await expect.poll(() => [heard.length, heardByC.length]).toEqual([number, number])
  }
})

it('goes on with nodes that are gone and come again', async () => {
  const { frames, heard, heardByC } = open()
  for (const nodeNames of [['b', 'c'], ['b'], ['b', 'c']]) {
    frames.add({ message: message('') }, nodeNames)
    await nextTurn()
    frames.retain(new Set(['b']))
  }
  expect([heard.length, heardByC.length]).toEqual([3, 2])
})

it.each([
  ['is cut', Buffer.from('010000ff000101', 'hex')],
  ['says another length', Buffer.from('01000000020101ff', 'hex')],
])('passes over a frame that %s', (_, frame) => {
  const { sendRaw, heard, errors } = open()
  sendRaw(frame)
  expect(heard).toEqual([])
  expect(errors).toEqual([{ form: 1, known: ownWire }])
})

it('sends a burst in frames that NATS takes', async () => {
  const { frames, sizes, heard } = open({ maxFrame: 1000 })
  for (let index = 0; index < 50; index++) frames.add({ message: message('x'.repeat(100)) }, ['b'])
  await nextTurn()
  expect(heard).toHaveLength(50)
  expect(sizes.length).toBeGreaterThan(5)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1000)
})

it.each([
  ['is larger than NATS takes', { maxFrame: 100 }],
  ['comes while NATS is away', { isUp: false }],
])('says that something was lost which %s', async (_, given) => {
  const { frames, heard, errors } = open(given)
  frames.add({ message: message('x'.repeat(200)) }, ['b'])
  await nextTurn()
  expect(heard).toEqual([])
  expect(errors).toEqual([{ messages: 1 }])
})

it.each([0, 3, 255])('passes over what comes in the form %i, and says so once', async (form) => {
  const { frames, heard, errors } = open({ form })
  for (const text of ['one', 'two']) {
    frames.add({ message: message(text) }, ['b'])
    await nextTurn()
  }
  expect(heard).toEqual([])
  expect(errors).toEqual([{ form, known: ownWire }])
})

it('lets exactly one of two claims count that were made at the same moment', () => {
  const claims: Claim[] = []
  const [a, b] = ['a', 'b'].map((name) => new ClaimNumbers(name, (claim) => claims.push(claim))) as [
    ClaimNumbers,
    ClaimNumbers,
  ]
  const own = [a.claim('1', 'lamp'), b.claim('1', 'lamp')] as const
  const replaced: string[] = []
  a.onClaimed((_, isLaterThan) => isLaterThan(own[0]) && replaced.push('a'))
  b.onClaimed((_, isLaterThan) => isLaterThan(own[1]) && replaced.push('b'))
  a.hear(claims[1]!)
  b.hear(claims[0]!)
  expect(replaced).toEqual(['a'])
  expect(a.claim('1', 'lamp')).toBeGreaterThan(own[1])
})
