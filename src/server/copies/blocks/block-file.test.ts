import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chainStart } from './block.ts'
import { BlockWriter, readBlocks, readHeads } from './block-file.ts'

const pageSize = 512
let directory: string
let file: string
const ends: number[] = []
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'muster-blocks-'))
  file = join(directory, 'three')
  using writer = new BlockWriter(file, chainStart)
  for (const number of [1, 2, 3]) {
    const pages = new Map([[number, Buffer.alloc(pageSize, number)]])
    writer.append({ at: number, pageSize, databasePages: number, ...(number === 1 && { files: {} }) }, pages)
    ends.push(writer.bytes)
  }
})
afterAll(() => rmSync(directory, { recursive: true }))

function read(path: string) {
  const found: number[] = []
  const blocks = readBlocks(path, chainStart)
  for (;;) {
    const { done, value } = blocks.next()
    if (done) return { found, torn: value }
    for (const [number, page] of value.pages) if (page.every((byte) => byte === number)) found.push(number)
  }
}

function changed(change: (bytes: Buffer) => Uint8Array | void): string {
  const path = join(directory, 'changed')
  const bytes = readFileSync(file)
  writeFileSync(path, change(bytes) ?? bytes)
  return path
}

describe('a file of blocks', () => {
  it('gives back what was written, and is for its owner alone', () => {
    expect(read(file)).toEqual({ found: [1, 2, 3], torn: 0 })
    expect([...readHeads(file)].map(({ at, pages }) => ({ at, pages }))).toEqual(
      [1, 2, 3].map((at) => ({ at, pages: 1 })),
    )
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('gives back whole blocks, wherever it was cut off', () => {
    const path = join(directory, 'cut')
    for (let size = 0; size < ends[2]!; size++) {
      copyFileSync(file, path)
      truncateSync(path, size)
      const whole = ends.filter((end) => end <= size)
      expect(read(path)).toEqual({
        found: [1, 2, 3].slice(0, whole.length),
        torn: size - (whole.at(-1) ?? 0),
      })
    }
  })

  it('shows a change of any byte, and by which file', () => {
    for (let place = 0; place < ends[2]!; place++) {
      const path = changed((bytes) => void (bytes[place]! ^= 1))
      expect(() => read(path), `byte ${place}`).toThrow(/^changed: a block/)
    }
  })

  it.each<[string, (bytes: Buffer) => Uint8Array]>([
    ['left out', (bytes) => Buffer.concat([bytes.subarray(0, ends[0]), bytes.subarray(ends[1])])],
    ['there twice', (bytes) => Buffer.concat([bytes.subarray(0, ends[1]), bytes.subarray(ends[0])])],
    ['followed by something else', (bytes) => Buffer.concat([bytes, Buffer.alloc(100)])],
  ])('shows that a block is %s', (_, change) => {
    expect(() => read(changed(change))).toThrow('does not follow the one before it')
  })

  it('is never written over', () => {
    expect(() => new BlockWriter(file, chainStart)).toThrow('EEXIST')
  })
})
