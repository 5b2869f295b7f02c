import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memoryDirectory } from '../../../test/helpers/memory-directory.ts'
import { maxLineBytes, readLines } from './lines.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(memoryDirectory(), 'lines-'))
  path = join(directory, 'input')
})
afterEach(() => rmSync(directory, { recursive: true }))

const read = (text: string, from = { offset: 0, lineNumber: 1 }) => {
  writeFileSync(path, text)
  return Array.fromAsync(readLines(path, from))
}

describe('the lines of an input', () => {
  it('come with their numbers and places, blank ones and an end without a newline included', async () => {
    expect(await read('{"a":"ä"}\n\n  \r\n{"b":1}')).toEqual([
      { lineNumber: 1, offset: 0, end: 11, text: '{"a":"ä"}' },
      { lineNumber: 4, offset: 16, end: 23, text: '{"b":1}' },
    ])
    expect(await read('')).toEqual([])
  })

  it('go on from where they ended', async () => {
    const text = 'one\ntwo\nthree\n'
    const [, second, third] = await read(text)
    expect(await read(text, { offset: 4, lineNumber: 2 })).toEqual([second, third])
    expect(await read(text, { offset: 14, lineNumber: 4 })).toEqual([])
  })

  it('are the same whatever parts the file is read in', async () => {
    const texts = Array.from({ length: 3000 }, (_, index) => `${index} ${'x'.repeat(index % 97)}`)
    const lines = await read(texts.join('\n'))
    expect(lines.map(({ text }) => text)).toEqual(texts)
    expect(lines.at(-1)!.end).toBe(Buffer.byteLength(texts.join('\n')))
  })

  it.each([
    [maxLineBytes, true],
    [maxLineBytes + 1, false],
    [3 * maxLineBytes, false],
  ])('have a text when they are not too long: %d bytes', async (bytes, hasText) => {
    const [long, next] = await read(`${'x'.repeat(bytes)}\nnext\n`)
    expect(long).toMatchObject({ lineNumber: 1, offset: 0, end: bytes + 1 })
    expect(long!.text !== undefined).toBe(hasText)
    expect(next).toMatchObject({ lineNumber: 2, text: 'next' })
  })
})
