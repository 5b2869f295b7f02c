import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { strToU8, zipSync, type Zippable } from 'fflate'
import { describe, expect, it } from 'vitest'
import { checkArchive, extractArchive } from './archive.ts'

const file = (text: string, mode = 0o100_644) =>
  [strToU8(text), { os: 3, attrs: mode << 16 }] as NonNullable<Zippable[string]>
const archive = (entries: Zippable) => zipSync(entries)

/** Replaces a name of equal length, as no well-behaved packer would write it. */
function renamed(from: string, to: string): Uint8Array {
  const bytes = Buffer.from(archive({ [from]: file('a') }))
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.write(to, at)
  return bytes
}

function patched(bytes: Uint8Array, from: number[], to: number[]): Uint8Array {
  const copy = Buffer.from(bytes)
  for (let at = copy.indexOf(Buffer.from(from)); at >= 0; at = copy.indexOf(Buffer.from(from), at + 1))
    Buffer.from(to).copy(copy, at)
  return copy
}

const zeros = (bytes: number) => [new Uint8Array(bytes), { level: 9 }] as NonNullable<Zippable[string]>

describe('a deployment package', () => {
  it('is unpacked with its folders, readable by all, and executable what was', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'archive-'))
    await extractArchive(
      archive({
        'a/b/c.js': file('c'),
        bootstrap: file('#!', 0o100_755),
        'd.js': file('d', 0o100_600),
        './e': file('e'),
        'f/': [new Uint8Array(), {}],
      }),
      directory,
    )
    expect((await readdir(directory)).toSorted()).toEqual(['a', 'bootstrap', 'd.js', 'e'])
    expect(await readFile(join(directory, 'a/b/c.js'), 'utf8')).toBe('c')
    const modeOf = async (path: string) => (await stat(join(directory, path))).mode & 0o777
    expect(await Promise.all(['a', 'a/b/c.js', 'bootstrap', 'd.js'].map(modeOf))).toEqual([
      0o755, 0o644, 0o755, 0o644,
    ])
    await rm(directory, { recursive: true })
  })

  it.each([
    ['is no archive', strToU8('hello')],
    ['is empty', new Uint8Array()],
    ['is cut off', archive({ 'index.js': file('a'.repeat(1000)) }).subarray(0, 60)],
    ['climbs out', renamed('xxx/index', '../../etc')],
    ['climbs out later', renamed('aaaa/../index'.replaceAll('.', 'x'), 'aaaa/../../xy')],
    ['is absolute', renamed('xetc/passwd', '/etc/passwd')],
    ['has a drive', renamed('xx/index.js', 'C:/index.js')],
    ['climbs out by backslashes', renamed('xxxindex.js', String.raw`..\index.js`)],
    ['holds a link', archive({ link: file('/etc/passwd', 0o120_777) })],
    ['holds a device', archive({ device: file('', 0o020_644) })],
    ['names a file twice', renamed2('one.js', 'two.js')],
    ['has a file as a folder', archive({ a: file('1'), 'a/b': file('2') })],
    [
      'has an encrypted file',
      patched(
        archive({ a: file('1') }),
        [0x50, 0x4b, 1, 2, 20, 3, 20, 0, 0],
        [0x50, 0x4b, 1, 2, 20, 3, 20, 0, 1],
      ),
    ],
    ['unpacks to more than 250 MB', archive({ a: zeros(200 << 20), b: zeros(51 << 20) })],
    [
      'has more than 10,000 files',
      archive(Object.fromEntries(Array.from({ length: 10_001 }, (_, n) => [`f${n}`, file('')]))),
    ],
    ['has a name that is too long', archive({ ['a'.repeat(300)]: file('') })],
    ['is larger than 50 MB', new Uint8Array((50 << 20) + 1)],
  ])('that %s is refused', async (_what, bytes) => {
    await expect(checkArchive(bytes)).rejects.toMatchObject({ code: 'InvalidParameterValueException' })
  })

  it('that lies about the size of a file is refused', async () => {
    const bytes = Buffer.from(archive({ a: zeros(1 << 20) }))
    const size = Buffer.alloc(4)
    size.writeUInt32LE(1 << 20)
    const small = Buffer.from([10, 0, 0, 0])
    for (let at = bytes.indexOf(size); at >= 0; at = bytes.indexOf(size, at + 1)) small.copy(bytes, at)
    await expect(checkArchive(bytes)).rejects.toMatchObject({ code: 'InvalidParameterValueException' })
  })

  it('that is damaged is refused', async () => {
    const bytes = Buffer.from(zipSync({ 'index.js': [strToU8('a'.repeat(100)), { level: 0 }] }))
    bytes[80] = 98
    await expect(checkArchive(bytes)).rejects.toMatchObject({
      message: expect.stringContaining('is damaged'),
    })
  })

  it('of whatever bytes is accepted or refused, never a fault', async () => {
    expect.hasAssertions()
    const sound = archive({ 'index.js': file('exports.handler = 1'), 'a/b': file('c') })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { maxLength: 8 }),
        async (changes) => {
          const bytes = Buffer.from(sound)
          for (const [at, value] of changes) bytes[at] = value
          const outcome = await checkArchive(bytes).then(
            () => 'accepted',
            ({ code }: { code?: string }) => code,
          )
          expect(['accepted', 'InvalidParameterValueException']).toContain(outcome)
        },
      ),
      { numRuns: 300 },
    )
  })
})

function renamed2(one: string, two: string): Uint8Array {
  const bytes = Buffer.from(archive({ [one]: file('1'), [two]: file('2') }))
  for (let at = bytes.indexOf(one); at >= 0; at = bytes.indexOf(one, at + 1)) bytes.write(two, at)
  return bytes
}
