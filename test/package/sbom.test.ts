/** What is shipped is known, and may be: the lock files, and the bill of materials that is made of them. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { shippedBom, type Bom } from '../../tools/sbom.ts'

const part = (name: string, more: object = {}) => ({
  'bom-ref': `${name}@1.0.0`,
  name,
  version: '1.0.0',
  hashes: [{ alg: 'SHA-512', content: 'ab' }],
  licenses: [{ license: { id: 'MIT' } }],
  ...more,
})

/** `root` needs `a`, which needs `b`; `test` is for tests alone, and needs `b` and `c`. */
const bomWith = (b: object = {}): Bom => ({
  metadata: { component: {} },
  components: [part('a'), part('b', b), part('test'), part('c')],
  dependencies: [
    { ref: 'root@1.0.0', dependsOn: ['a@1.0.0', 'test@1.0.0'] },
    { ref: 'a@1.0.0', dependsOn: ['b@1.0.0'] },
    { ref: 'b@1.0.0', dependsOn: ['a@1.0.0'] },
    { ref: 'test@1.0.0', dependsOn: ['b@1.0.0', 'c@1.0.0'] },
  ],
})
const nothing = { bom: { ...bomWith(), components: [] }, names: [] }
const shipped = { name: 'muster-iot', version: '2.0.0', console: nothing }

describe('the bill of materials', () => {
  it('has what is asked for and what that needs, and nothing of the tests', () => {
    const bill = shippedBom({ ...shipped, server: { bom: bomWith(), names: ['a'] } })
    expect(bill).toMatchObject({
      bomFormat: 'CycloneDX',
      metadata: { component: { purl: 'pkg:npm/muster-iot@2.0.0' } },
      components: [{ name: 'a' }, { name: 'b' }],
      dependencies: [
        { ref: 'muster-iot@2.0.0', dependsOn: ['a@1.0.0'] },
        { ref: 'a@1.0.0' },
        { ref: 'b@1.0.0' },
      ],
    })
    expect(bill).toHaveProperty('components.length', 2)
  })

  it.each([
    ['no hash', bomWith({ hashes: [] }), ['a'], 'without a hash or a license: b@1.0.0'],
    ['no license', bomWith({ licenses: [] }), ['a'], 'without a hash or a license: b@1.0.0'],
    ['a name that is not there', bomWith(), ['a', 'z'], 'not in the bill of materials: z'],
  ])('is refused with %s', (_, bom, names, message) => {
    expect(() => shippedBom({ ...shipped, server: { bom, names } })).toThrow(message)
  })
})

describe.each(['package-lock.json', 'console/package-lock.json'])('%s', (file) => {
  it('has the hash of every package for every platform, and names no place to fetch them from', () => {
    const { packages } = JSON.parse(readFileSync(file, 'utf8')) as {
      packages: Record<string, { integrity?: string; resolved?: string }>
    }
    const all = Object.entries(packages).filter(([path]) => path !== '')
    expect(all.length).toBeGreaterThan(100)
    expect(all.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))).toEqual([])
    expect(all.filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
  })
})
