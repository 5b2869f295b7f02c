import { expect, it } from 'vitest'
import { HandshakeQueue, type HandshakeLimits } from './handshake-queue.ts'

const roomy: HandshakeLimits = {
  maxHandshakesPerTurn: 2,
  maxFreshHandshakes: 100,
  maxHandshakesPerAddress: 100,
  maxHandshakes: 100,
  maxWaitingHandshakes: 100,
}

function createQueue(limits: Partial<HandshakeLimits> = {}) {
  const queue = new HandshakeQueue({ ...roomy, ...limits })
  const begun: string[] = []
  const enter = (name: string, address = 'a') => queue.enter(address, () => begun.push(name))
  return { queue, begun, enter }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

it('begins at once what a turn has room for, and the others in the next turns, first come first', async () => {
  const { begun, enter } = createQueue()
  for (const name of ['1', '2', '3', '4', '5']) enter(name)
  expect(begun).toEqual(['1', '2'])
  await turn()
  expect(begun).toEqual(['1', '2', '3', '4'])
  await turn()
  expect(begun).toEqual(['1', '2', '3', '4', '5'])
})

it('lets nobody who comes later go before those who wait', async () => {
  const { begun, enter } = createQueue({ maxHandshakesPerTurn: 1 })
  enter('1')
  enter('2')
  await turn()
  enter('3')
  expect(begun).toEqual(['1', '2'])
  await turn()
  expect(begun).toEqual(['1', '2', '3'])
})

it('gives addresses turns, so that a crowd delays only itself', async () => {
  const { begun, enter } = createQueue({ maxHandshakesPerTurn: 1 })
  for (const name of ['a1', 'a2', 'a3', 'a4']) enter(name, 'a')
  enter('b1', 'b')
  for (let turns = 0; turns < 4; turns++) await turn()
  expect(begun.indexOf('b1')).toBeLessThan(begun.indexOf('a3'))
  expect(begun).toHaveLength(5)
})

it.each([
  ['an address', { maxHandshakesPerAddress: 2 }, 'a'],
  ['all', { maxHandshakes: 2 }, 'b'],
  ['those that are fresh', { maxFreshHandshakes: 2 }, 'b'],
])('begins no more than %s may have at once until one is over', async (_whose, limits, other) => {
  const { queue, begun, enter } = createQueue({ maxHandshakesPerTurn: 10, ...limits })
  for (const name of ['1', '2']) enter(name)
  enter('3', other)
  await turn()
  await turn()
  expect(begun).toEqual(['1', '2'])
  queue.leave('a', true)
  await turn()
  expect(begun).toEqual(['1', '2', '3'])
})

it('lets others begin once a handshake is not fresh any more', async () => {
  const { queue, begun, enter } = createQueue({ maxHandshakesPerTurn: 10, maxFreshHandshakes: 1 })
  for (const name of ['1', '2', '3']) enter(name)
  await turn()
  expect(begun).toEqual(['1'])
  queue.age()
  await turn()
  expect(begun).toEqual(['1', '2'])
  queue.leave('a', false) // the first: it does not count twice
  await turn()
  expect(begun).toEqual(['1', '2'])
})

it('lets an address with many unfinished handshakes not stop another one', async () => {
  const { begun, enter } = createQueue({ maxHandshakesPerTurn: 10, maxHandshakesPerAddress: 2 })
  for (const name of ['a1', 'a2', 'a3', 'a4']) enter(name, 'a')
  enter('b1', 'b')
  await turn()
  expect(begun).toEqual(['a1', 'a2', 'b1'])
})

it('refuses when nobody more may wait', () => {
  const { queue, enter } = createQueue({ maxHandshakesPerTurn: 1, maxWaitingHandshakes: 2 })
  expect(['1', '2', '3', '4'].map((name) => enter(name))).toEqual([true, true, true, false])
  expect(queue.waiting).toBe(2)
})

it('begins nobody any more once it is cleared', async () => {
  const { queue, begun, enter } = createQueue({ maxHandshakesPerTurn: 1 })
  enter('1')
  enter('2')
  queue.clear()
  queue.leave('a', true)
  await turn()
  expect(begun).toEqual(['1'])
  expect(queue.waiting).toBe(0)
})
