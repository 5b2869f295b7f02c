/** How many compressed bytes a browser loads for each page of the console, as the build left them. */
import { existsSync, readFileSync, statSync } from 'node:fs'

const dist = new URL('../console/dist/', import.meta.url)

/** A module of the build, by its name in Vite's manifest. */
interface Chunk {
  file: string
  imports?: string[]
  dynamicImports?: string[]
  css?: string[]
}

type Manifest = Record<string, Chunk>

export interface PageSize {
  page: string
  /** Of what it loads; for routes, and what comes after them, without what the shell has loaded. */
  bytes: number
  limit: number
}

const kilobyte = 1024
const limits = {
  signIn: 15 * kilobyte,
  firstList: 320 * kilobyte,
  route: 60 * kilobyte,
  later: 110 * kilobyte,
}

/** @throws {Error} when the console is not built */
function readManifest(): Manifest {
  const file = new URL('.vite/manifest.json', dist)
  if (!existsSync(file)) throw new Error('the console is not built: npm run build:console')
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest
}

/** The modules that are loaded with one at once. */
function modulesOf(manifest: Manifest, name: string, known = new Set<string>()): Set<string> {
  if (!manifest[name] || known.has(name)) return known
  known.add(name)
  for (const imported of manifest[name].imports ?? []) modulesOf(manifest, imported, known)
  return known
}

const sizeOf = (manifest: Manifest, modules: Iterable<string>, suffix: '.br' | '.gz') => {
  const chunks = [...modules].flatMap((name) => manifest[name] ?? [])
  const files = new Set(chunks.flatMap(({ file, css = [] }) => [file, ...css]))
  return [...files].reduce((sum, file) => sum + statSync(new URL(`${file}${suffix}`, dist)).size, 0)
}

const laterOf = (manifest: Manifest, modules: Iterable<string>) =>
  [...modules].flatMap((name) => manifest[name]?.dynamicImports ?? [])

/** The sign-in page with gzip, all else with brotli: routes, and what a page loads after it is there, each for itself. */
export function measureConsole(): PageSize[] {
  const manifest = readManifest()
  const html = (page: string) => readFileSync(new URL(page, dist)).byteLength
  const shell = modulesOf(manifest, 'index.html')
  const beside = (name: string) => modulesOf(manifest, name).difference(shell)
  const measure = (name: string, known: ReadonlySet<string>, limit: number): PageSize => ({
    page: name.replace(/^src\/pages\//, ''),
    bytes: sizeOf(manifest, beside(name).difference(known), '.br'),
    limit,
  })
  const routes = new Set(laterOf(manifest, shell))
  const later = [...routes].flatMap((route) =>
    laterOf(manifest, beside(route)).map((name) => measure(name, beside(route), limits.later)),
  )
  const largest = new Map(
    later.toSorted((one, other) => one.bytes - other.bytes).map((one) => [one.page, one]),
  )
  const each = [...[...routes].map((name) => measure(name, new Set(), limits.route)), ...largest.values()]
  const signIn = modulesOf(manifest, 'sign-in.html')
  return [
    {
      page: 'sign-in',
      bytes: html('sign-in.html') + sizeOf(manifest, signIn, '.gz'),
      limit: limits.signIn,
    },
    {
      page: 'shell and the first list',
      bytes: html('index.html') + sizeOf(manifest, shell, '.br'),
      limit: limits.firstList,
    },
    ...each.toSorted((one, other) => other.bytes - one.bytes),
  ]
}
