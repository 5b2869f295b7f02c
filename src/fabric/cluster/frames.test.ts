import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { Message } from '../in-process/index.ts'
import { ClaimNumbers } from './claims.ts'
import { Frames, type Claim, type Entry } from './frames.ts'

const message = (payload: string | Uint8Array, more: Partial<Message> = {}): Message => ({
  accountId: '000000000000',
  topic: 'foo/bar',
  payload: Buffer.from(payload),
  qos: 1,
  retain: false,
  ...more,
})

/** Two nodes, what passes between them, and what the other one hears. */
function open({ maxFrame = 1024 * 1024, isUp = true, form = 1 } = {}) {
  const listeners: ((frame: Uint8Array) => void)[] = []
  const sizes: number[] = []
  const heard: Entry[] = []
  const errors: unknown[] = []
  const log = { error: (fields: object) => void errors.push(fields) } as never
  const sendFrame = (frame: Uint8Array) => {
    sizes.push(frame.length)
    if (isUp) for (const listener of listeners) listener(frame)
    return isUp
  }
  const others = { log, form: () => form }
  const frames = new Frames({ ...others, bus: { sendFrame, onFrame: () => {}, maxFrame }, hear: () => {} })
  const onFrame = (listener: (frame: Uint8Array) => void) => void listeners.push(listener)
  new Frames({ ...others, bus: { sendFrame, onFrame, maxFrame }, hear: (entry) => void heard.push(entry) })
  return { frames, sizes, heard, errors }
}

it('takes all of a turn over in one frame, in its order, as it was', async () => {
  const { frames, sizes, heard } = open()
  const sent: Entry[] = [
    { message: message('one') },
    { claim: { accountId: '1', clientId: 'lamp', number: 3, nodeName: 'a' } },
    { message: message(Buffer.of(0, 255), { properties: { correlationData: Buffer.of(1) }, isWill: true }) },
    { message: message('', { topic: 'a b/ü', retain: true, publisher: { clientId: 'pump' }, hops: 2 }) },
  ]
  for (const entry of sent) frames.add(entry)
  await nextTurn()
  expect(heard).toEqual(sent)
  expect(sizes).toHaveLength(1)
})

it('copies what it takes over, as the buffer is used again', async () => {
  const { frames, heard } = open()
  const shared = Buffer.from('before')
  frames.add({ message: { ...message(''), payload: shared.subarray(0, 6) } })
  shared.write('after!')
  await nextTurn()
  expect(heard).toEqual([{ message: message('before') }])
})

it('sends a burst in frames that NATS takes', async () => {
  const { frames, sizes, heard } = open({ maxFrame: 1000 })
  for (let index = 0; index < 50; index++) frames.add({ message: message('x'.repeat(100)) })
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
  frames.add({ message: message('x'.repeat(200)) })
  await nextTurn()
  expect(heard).toEqual([])
  expect(errors).toEqual([{ messages: 1 }])
})

it.each([0, 2, 255])('passes over what comes in the form %i, and says so once', async (form) => {
  const { frames, heard, errors } = open({ form })
  for (const text of ['one', 'two']) {
    frames.add({ message: message(text) })
    await nextTurn()
  }
  expect(heard).toEqual([])
  expect(errors).toEqual([{ form, known: { from: 1, to: 1 } }])
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
