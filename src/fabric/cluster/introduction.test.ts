import { expect, it } from 'vitest'
import { introduce, onIntroduced } from './introduction.ts'
import { openTwoNodes } from './testing/two-nodes.ts'

it('waits until the others have looked who is a member', async () => {
  const { a, b } = openTwoNodes()
  const looked = Promise.withResolvers<void>()
  onIntroduced(b, () => looked.promise)
  let isKnown = false
  const introduced = introduce({ nodeName: 'a', members: () => ['a', 'b'], questions: a }).then(
    () => (isKnown = true),
  )
  await new Promise(setImmediate)
  expect(isKnown).toBe(false)
  looked.resolve()
  await introduced
})

it('does not wait for who is not there, or cannot look', async () => {
  const { a, b, errors } = openTwoNodes()
  onIntroduced(b, async () => {
    throw new Error('the database is away')
  })
  await introduce({ nodeName: 'a', members: () => ['a', 'b', 'c'], questions: a })
  expect(errors).toMatchObject([{ kind: 'introduction' }])
})
