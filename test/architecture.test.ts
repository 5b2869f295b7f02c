/** The rules of the house that a machine can hold. ARCHITECTURE.md has the same table. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Folder -> what it may import, only through the folder's index.ts (lib and aws: any file). */
const mayImport: Record<string, string[]> = {
  lib: ['aws'],
  aws: ['lib'],
  store: ['lib'],
  fabric: ['lib'],
  policies: ['lib', 'aws'],
  identities: ['lib', 'aws', 'store', 'fabric', 'policies'],
  journal: ['lib', 'store'],
  tags: ['lib', 'aws', 'store', 'fabric'],
  certificates: ['lib', 'aws', 'store', 'fabric', 'tags'],
  'thing-types': ['lib', 'aws', 'store', 'fabric', 'tags'],
  things: ['lib', 'aws', 'store', 'fabric', 'tags', 'thing-types'],
  'thing-groups': ['lib', 'aws', 'store', 'fabric', 'tags', 'things'],
  'billing-groups': ['lib', 'aws', 'store', 'fabric', 'tags', 'things'],
  'iot-policies': [
    'lib',
    'aws',
    'store',
    'fabric',
    'policies',
    'tags',
    'certificates',
    'things',
    'thing-groups',
  ],
  logs: ['lib', 'aws', 'store', 'fabric'],
  'iot-logging': ['lib', 'aws', 'store', 'fabric', 'identities', 'journal', 'logs'],
  functions: ['lib', 'aws', 'store', 'fabric', 'policies', 'identities', 'logs'],
  templates: ['lib', 'aws', 'policies'],
  onboarding: [
    'lib',
    'aws',
    'store',
    'fabric',
    'policies',
    'identities',
    'journal',
    'tags',
    'certificates',
    'things',
    'thing-types',
    'thing-groups',
    'billing-groups',
    'iot-policies',
    'templates',
    'revocation-lists',
  ],
  rules: [
    'lib',
    'aws',
    'store',
    'fabric',
    'policies',
    'identities',
    'journal',
    'tags',
    'logs',
    'iot-logging',
    'functions',
  ],
  'revocation-lists': ['lib', 'aws', 'store', 'fabric', 'journal', 'tags', 'certificates'],
  'role-aliases': ['lib', 'aws', 'store', 'fabric', 'policies', 'identities', 'journal', 'tags', 'things'],
  'domain-configurations': ['lib', 'aws', 'store', 'fabric', 'tags'],
  sessions: ['lib', 'store', 'fabric'],
  'data-plane': ['lib', 'aws', 'store', 'fabric'],
  shadows: ['lib', 'aws', 'store', 'fabric', 'data-plane'],
  gateway: [
    'lib',
    'aws',
    'fabric',
    'data-plane',
    'policies',
    'journal',
    'certificates',
    'iot-policies',
    'onboarding',
    'sessions',
    'domain-configurations',
  ],
  connections: ['lib', 'aws', 'store', 'journal', 'things', 'gateway'],
  http: ['lib', 'aws'],
  cli: ['lib', 'journal', 'config.ts', 'server.ts', 'server-files.ts'],
}
const withoutDoor = new Set(['lib', 'aws'])

/** Without tests and what only they use (`test-*.ts`). */
const sources = globSync('src/**/*.ts').filter((file) => !/\.test\.ts$|\/test-[a-z-]+\.ts$/.test(file))
const folder = (file: string) => file.split('/')[1]!
const imports = sources.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, path]) => ({
    file,
    target: posix.join(posix.dirname(file), path!),
  })),
)
const crossings = imports.filter(({ file, target }) => folder(target) !== folder(file))
const fromFolders = crossings.filter(({ file }) => file.split('/').length > 2)

describe('architecture', () => {
  it('sees the imports', () => {
    expect(sources.length).toBeGreaterThan(100)
    expect(fromFolders.length).toBeGreaterThan(100)
  })

  it('knows every folder', () => {
    const folders = new Set(sources.filter((file) => file.split('/').length > 2).map(folder))
    expect([...folders].filter((name) => !(name in mayImport))).toEqual([])
  })

  it('lets a folder import only what stands to its right', () => {
    const wrong = fromFolders.filter(({ file, target }) => !mayImport[folder(file)]?.includes(folder(target)))
    expect(wrong).toEqual([])
  })

  it('lets nobody in by a side door', () => {
    const wrong = crossings.filter(({ target }) => {
      const name = folder(target)
      if (target.startsWith('src/store/tables/')) return false // row types, for the store files of a feature
      return name in mayImport && !withoutDoor.has(name) && !target.endsWith(`src/${name}/index.ts`)
    })
    expect(wrong).toEqual([])
  })

  it('imports only files that are there', () => {
    expect(imports.filter(({ target }) => !existsSync(target))).toEqual([])
  })

  it('reads the environment and the arguments on the command line only', () => {
    const readers = sources.filter((file) => /process\.(env|argv)/.test(readFileSync(file, 'utf8')))
    expect(readers.filter((file) => !file.startsWith('src/cli/'))).toEqual([])
  })

  it('ends the process nowhere', () => {
    expect(sources.filter((file) => readFileSync(file, 'utf8').includes('process.exit('))).toEqual([])
  })

  it('writes SQL in store files only', () => {
    const sql = /\.(selectFrom|insertInto|updateTable|deleteFrom)\(/
    const writers = sources.filter((file) => sql.test(readFileSync(file, 'utf8')))
    expect(writers.length).toBeGreaterThan(5)
    expect(writers.filter((file) => !/store(\/|\.ts$|-[a-z-]+\.ts$)|-store\.ts$/.test(file))).toEqual([])
  })

  it('describes every folder and its imports in ARCHITECTURE.md', () => {
    const rows = new Map(
      [
        ...readFileSync('ARCHITECTURE.md', 'utf8').matchAll(/^\| `src\/([a-z-]+)\/` \|[^|]*\| ([^|]*) \|$/gm),
      ].map(([, name, allowed]) => [
        name!,
        [...allowed!.matchAll(/`([^`]+)`/g)].map(([, target]) => target!).toSorted(),
      ]),
    )
    const expected = new Map(Object.entries(mayImport).map(([name, allowed]) => [name, allowed.toSorted()]))
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(expected))
  })
})
