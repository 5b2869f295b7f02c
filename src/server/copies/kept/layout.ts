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
  return names.toSorted().map((name) => {
    const path = join(directory, name)
    const files = readdirSync(path).flatMap((file) => {
      const [, number, kind] = numberedPattern.exec(file) ?? []
      return number === undefined ? [] : { number: Number(number), kind }
    })
    const numbersOf = (wanted: string) =>
      files
        .filter(({ kind }) => kind === wanted)
        .map(({ number }) => number)
        .toSorted((one, other) => one - other)
    return { name, path, segments: numbersOf('blocks'), snapshots: numbersOf('snapshot') }
  })
}
