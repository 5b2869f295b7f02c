import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memoryDirectory } from '../../../test/helpers/memory-directory.ts'
import { readSpool, Spool, type Spooled } from './spool.ts'

let directory: string
let file: string
beforeEach(() => {
  directory = mkdtempSync(join(memoryDirectory(), 'muster-spool-'))
  file = join(directory, 'audit.spool')
})
afterEach(() => rmSync(directory, { recursive: true }))

const entry = (number: number, filling = ''): Spooled => ({
  number,
  accountId: '123456789012',
  at: number,
  line: JSON.stringify({ at: number, filling }),
})

describe('the file of calls that wait', () => {
  it('is empty when there is none', () => expect(readSpool(file)).toEqual([]))

  it('gives back what was put in, over restarts', () => {
    {
      using spool = new Spool(file)
      spool.append([entry(1), entry(2)])
    }
    using spool = new Spool(file)
    spool.append([entry(3)])
    expect(readSpool(file)).toEqual([entry(1), entry(2), entry(3)])
  })

  it('forgets all when nothing is left', () => {
    using spool = new Spool(file)
    spool.append([entry(1)])
    spool.clear([])
    expect(readFileSync(file, 'utf8')).toBe('')
    spool.append([entry(2)])
    expect(readSpool(file)).toEqual([entry(2)])
  })

  it('is written anew with what is left once it is large', () => {
    using spool = new Spool(file)
    spool.append([entry(1, 'x'.repeat(5_000_000)), entry(2)])
    spool.clear([entry(2)])
    spool.append([entry(3)])
    expect(readSpool(file)).toEqual([entry(2), entry(3)])
  })

  it.each([
    ['half a line', '1 123456789012 {"at":1'],
    ['no number', 'x 123456789012 {"at":1}\n'],
    ['no account', '1 {"at":1}\n'],
    ['an empty line', '\n'],
  ])('leaves out %s', (_, text) => {
    writeFileSync(file, text)
    expect(readSpool(file)).toEqual([])
  })
})
