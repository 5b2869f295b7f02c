/** Names in a directory of copies: a folder for each time that a server began to copy, and one for the files beside the database. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

export const keptFilesName = 'files'
const generationPattern = /^from-\d{8}T\d{9}Z$/
const numberedPattern = /^(\d{6,})\.(blocks|snapshot)$/

/** E.g. `from-20260131T235959123Z`: in the order of their names they are in that of time. */
export const generationName = (at: Date): string => `from-${at.toISOString().replaceAll(/[-:.]/g, '')}`

const numbered = (number: number, kind: string): string => `${String(number).padStart(6, '0')}.${kind}`
/** What was committed, block after block. */
export const segmentName = (number: number): string => numbered(number, 'blocks')
/** The database from which the segment of that number goes on. */
export const snapshotName = (segment: number): string => numbered(segment, 'snapshot')
export const snapshotDraftName = (segment: number): string => `${snapshotName(segment)}.draft`

/** What one server copied without a gap. */
export interface Generation {
  name: string
  /** Absolute, or relative as the directory was. */
  path: string
  /** Numbers, ascending. */
  segments: number[]
  snapshots: number[]
}

/** Oldest first. @throws {Error} of the system when a directory cannot be read */
export function listGenerations(directory: string): Generation[] {
  const names = readdirSync(directory).filter((name) => generationPattern.test(name))
  const files = names.flatMap((name) => readdirSync(join(directory, name)).map((file) => `${name}/${file}`))
  const known = new Map(readLayout(files).map((generation) => [generation.name, generation]))
  return names.toSorted().map((name) => {
    const { segments = [], snapshots = [] } = known.get(name) ?? {}
    return { name, path: join(directory, name), segments, snapshots }
  })
}

/** Of the names of files, each with that of its generation: `<generation>/<file>`. Oldest first. */
export function readLayout(names: readonly string[]): Omit<Generation, 'path'>[] {
  const generations = new Map<string, { segments: number[]; snapshots: number[] }>()
  for (const path of names) {
    const [name = '', file = ''] = path.split('/')
    const [, number, kind] = numberedPattern.exec(file) ?? []
    if (!generationPattern.test(name) || number === undefined) continue
    const known = generations.get(name) ?? { segments: [], snapshots: [] }
    generations.set(name, known)
    known[kind === 'blocks' ? 'segments' : 'snapshots'].push(Number(number))
  }
  const ascending = (numbers: number[]) => numbers.toSorted((one, other) => one - other)
  return [...generations]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, { segments, snapshots }]) => ({
      name,
      segments: ascending(segments),
      snapshots: ascending(snapshots),
    }))
}
