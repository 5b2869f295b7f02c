/** The notices of what is bundled into the server and the console's pages; other packages come with their own. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Manifest {
  version: string
  license?: string
  dependencies?: Record<string, string>
}

/** They build, and are in no page. */
const builders = /^(?:@types\/.*|@vitejs\/.*|vite|typescript)$/
export const isBuilder = (name: string): boolean => builders.test(name)
const accepted =
  /^\(?(?:MIT|ISC|Apache-2\.0|BSD-[23]-Clause|0BSD|BlueOak-1\.0\.0|Unlicense)(?: (?:AND|OR) .*)?\)?$/

/** Of the packages and what they need. @throws {Error} for a package whose license is not one that may be passed on like this */
export function bundledNotices(what: string, directory: string, names: readonly string[]): string {
  const found = new Map<string, string>()
  const visit = (name: string) => {
    if (found.has(name) || isBuilder(name)) return
    const folder = join(directory, 'node_modules', name)
    if (!existsSync(folder)) return // optional, for another platform
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
    found.set(name, noticeOf(name, folder, manifest))
    for (const needed of Object.keys(manifest.dependencies ?? {})) visit(needed)
  }
  for (const name of names) visit(name)
  const notices = [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, notice]) => notice)
  const line = '='.repeat(80)
  return `${what} hold code of these packages.\n\n${notices.join(`\n${line}\n\n`)}`
}

function noticeOf(name: string, folder: string, { version, license = '' }: Manifest): string {
  if (!accepted.test(license))
    throw new Error(`${name} has the license "${license}", which is not among those accepted`)
  const texts = globSync('{LICENSE,LICENCE,NOTICE,license}{,.md,.txt}', { cwd: folder }).toSorted()
  const bodies = texts.map((file) => readFileSync(join(folder, file), 'utf8').trim())
  return [`${name} ${version}, ${license}`, ...bodies].join('\n\n').concat('\n')
}
