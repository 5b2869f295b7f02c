import { expect, it } from 'vitest'
import { seal, unseal } from './bus.ts'

const key = Buffer.alloc(32, 1)
const content = Buffer.from('revoked')

it('reads what a node of the cluster said', () => {
  expect(unseal(seal(content, key), key)).toEqual(content)
  expect(unseal(seal(Buffer.alloc(0), key), key)).toHaveLength(0)
})

it.each([
  ['another key', seal(content, Buffer.alloc(32, 2))],
  ['no code', content],
  ['a code of something else', Buffer.concat([seal(content, key), Buffer.of(1)])],
  ['nothing', Buffer.alloc(0)],
])('takes nothing with %s', (_, sealed) => {
  expect(unseal(sealed, key)).toBeUndefined()
})
