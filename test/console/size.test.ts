/** What a browser loads for the console stays small. */
import { expect, it } from 'vitest'
import { measureConsole } from '../../tools/console-sizes.ts'

it('is no larger than its pages may be', () => {
  const sizes = measureConsole()
  expect(sizes.length).toBeGreaterThan(20)
  expect(sizes.filter(({ bytes, limit }) => bytes > limit)).toEqual([])
})
