import { expect, it } from 'vitest'
import { readWord, sealWord, type Word } from './bus.ts'

const key = Buffer.alloc(32, 1)
const word: Word = { kind: 'taken', nodeName: 'a', epoch: 1, seq: 5 }

it('reads what a node of the cluster said', () => {
  expect(readWord(sealWord(word, key), key)).toEqual(word)
})

it.each([
  ['another key', sealWord(word, Buffer.alloc(32, 2))],
  ['no code', JSON.stringify(word)],
  ['a code of something else', sealWord(word, key).replace('"seq":5', '"seq":6')],
  ['nothing', ''],
])('takes no word with %s', (_, sealed) => {
  expect(readWord(sealed, key)).toBeUndefined()
})
