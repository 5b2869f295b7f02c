/** Where in the source parts of queries are made, and which of these places tests have come to. */
import { globSync, readFileSync } from 'node:fs'
import { QueryCreator } from 'kysely'
import { queryBuilders, trace } from './callers.ts'

const beginnings = ['selectFrom', 'insertInto', 'updateTable', 'deleteFrom']
const clauses = ['where', 'innerJoin', 'leftJoin', 'orderBy', 'groupBy', 'distinct', 'limit']

/** Files and lines, e.g. `src/registry/tags/store.ts:44`. */
export const sitesReached = new Set<string>()

/** Every line of the source that begins a query or adds to one. */
export function listSites(): string[] {
  const isPart = new RegExp(`(?<!\\bMap)\\.(${[...beginnings, ...clauses].join('|')})\\(`)
  const files = globSync('src/**/*.ts').filter((file) => !/\.test\.ts$|\/testing\/|\/migrations\//.test(file))
  return files.flatMap((file) => {
    const text = readFileSync(file, 'utf8')
    if (!beginnings.some((begin) => text.includes(`.${begin}(`))) return []
    return text.split('\n').flatMap((line, index) => (isPart.test(line) ? [`${file}:${index + 1}`] : []))
  })
}

/** Notes each place from where Kysely is called to make a query. */
export function watchSites(): void {
  for (const name of beginnings) watch(QueryCreator.prototype, name)
  for (const builder of queryBuilders())
    for (const name of clauses) watch(Object.getPrototypeOf(builder) as object, name)
}

const placesNoted = new Set<string>()

/** From now on no place has been come to; those of before are there again once the answer is called. */
export function setSitesAside(): () => void {
  const before = [...sitesReached]
  sitesReached.clear()
  placesNoted.clear()
  return () => before.forEach((site) => sitesReached.add(site))
}

function watch(prototype: object, name: string): void {
  const methods = prototype as Record<string, (...given: unknown[]) => unknown>
  const method = methods[name]
  if (!method) return
  methods[name] = function watched(...given) {
    noteSite()
    return method.apply(this, given)
  }
}

function noteSite(): void {
  const place = compiledPlace()
  if (placesNoted.has(place)) return
  placesNoted.add(place)
  const [, site] = /\/(src\/[^\n:]+\.ts:\d+):\d+/.exec(trace(8).stack ?? '') ?? []
  if (site !== undefined) sitesReached.add(site)
}

/** Of the caller, in the code that runs: to find the line in the source takes long. */
function compiledPlace(): string {
  // oxlint-disable-next-line typescript/unbound-method -- is put back
  const { prepareStackTrace } = Error
  Error.prepareStackTrace = (_, frames) =>
    frames.map((frame) => `${frame.getFileName()}:${frame.getPosition()}`).join()
  const { stack = '' } = trace(8)
  Error.prepareStackTrace = prepareStackTrace
  return stack
}
