import { expect, it } from 'vitest'
import { longTurnMs } from '../lib/turn-of-others.ts'
import { Outcomes } from './outcomes.ts'

/** Takes as long as a device that goes on. */
function work(): void {
  for (const begunAt = performance.now(); performance.now() - begunAt <= longTurnMs;);
}

it('tells in order, and lets others have their turn when those who were told have had a long one', async () => {
  const order: string[] = []
  const outcomes = new Outcomes()
  setImmediate(() => order.push('other'))
  const told = (name: string) => ({ settle: () => (work(), void order.push(name)) })
  outcomes.tell([told('a'), told('b')])
  outcomes.tell([told('c')])
  expect(order).toEqual(['a'])
  await outcomes.telling
  expect(order).toEqual(['a', 'other', 'b', 'c'])
  expect(outcomes.telling).toBeUndefined()
})

it('has nobody to tell when there is nothing to be told', () => {
  const outcomes = new Outcomes()
  outcomes.tell([])
  expect(outcomes.telling).toBeUndefined()
})
