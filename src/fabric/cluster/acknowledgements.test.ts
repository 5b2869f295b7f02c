import { expect, it } from 'vitest'
import { Acknowledgements } from './acknowledgements.ts'
import type { Member } from './store.ts'

const member = (nodeName: string, given: Partial<Member> = {}): Member => ({
  nodeName,
  epoch: 1,
  version: '1.0.0',
  address: '',
  leaseUntil: 1,
  takenSeq: 0,
  connections: 0,
  joinedAt: 0,
  isAlive: true,
  wire: { from: 1, to: 1 },
  ...given,
})

/** Of a promise, whether it has settled by now. */
async function isDone(promise: Promise<void>): Promise<boolean> {
  let done = false
  void promise.then(() => (done = true))
  await Promise.resolve()
  return done
}

const open = () => {
  const acknowledgements = new Acknowledgements()
  return { acknowledgements, all: acknowledgements.all(5, [member('b'), member('c')]) }
}

it('waits for nobody where there is nobody', async () => {
  expect(await isDone(new Acknowledgements().all(5, []))).toBe(true)
})

it('is done when each of them has said so, for this change or a later one', async () => {
  const { acknowledgements, all } = open()
  acknowledgements.taken({ nodeName: 'b', epoch: 1, seq: 4 })
  acknowledgements.taken({ nodeName: 'b', epoch: 1, seq: 5 })
  expect(await isDone(all)).toBe(false)
  acknowledgements.taken({ nodeName: 'c', epoch: 1, seq: 9 })
  await all
})

it('does not take a word of another membership', async () => {
  const { acknowledgements, all } = open()
  for (const nodeName of ['b', 'c']) acknowledgements.taken({ nodeName, epoch: 2, seq: 9 })
  expect(await isDone(all)).toBe(false)
})

it.each([
  ['has taken it in, as the database says', [member('b', { takenSeq: 5 }), member('c', { takenSeq: 6 })]],
  ['is dead', [member('b', { isAlive: false }), member('c', { isAlive: false })]],
  ['has left', []],
  ['has come back as another membership', [member('b', { epoch: 2 }), member('c', { epoch: 3 })]],
])('is done when whoever is left %s', async (_, members) => {
  const { acknowledgements, all } = open()
  acknowledgements.heardOf([member('b', { takenSeq: 4 }), member('c')], performance.now())
  expect(await isDone(all)).toBe(false)
  acknowledgements.heardOf(members, performance.now())
  await all
})

it('waits on when the database was asked before there was anything to wait for', async () => {
  const askedAt = performance.now() - 1
  const { acknowledgements, all } = open()
  acknowledgements.heardOf([], askedAt)
  expect(await isDone(all)).toBe(false)
  acknowledgements.heardOf([], performance.now())
  await all
})

it('fails when this node is no member any more: nothing is known of the others', async () => {
  const { acknowledgements, all } = open()
  acknowledgements.end(new Error('fenced'))
  await expect(all).rejects.toThrow('fenced')
})

it('does not wait for who has said so before', async () => {
  const { acknowledgements } = open()
  acknowledgements.taken({ nodeName: 'b', epoch: 1, seq: 7 })
  acknowledgements.taken({ nodeName: 'c', epoch: 2, seq: 7 })
  expect(await isDone(acknowledgements.all(7, [member('b')]))).toBe(true)
  expect(await isDone(acknowledgements.all(8, [member('b')]))).toBe(false)
  expect(await isDone(acknowledgements.all(7, [member('c')]))).toBe(false) // that was said in another life
})
