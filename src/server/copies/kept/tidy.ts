/** Removes copies that nobody needs any more. */
import { globSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { readHeads } from '../blocks/block-file.ts'
import type { FileKeeper } from './file-keeper.ts'
import { listGenerations, segmentName, snapshotName } from './layout.ts'
import { decideSurplus } from './retention.ts'

export interface TidyRequest {
  directory: string
  /** Path of the generation that is being written. */
  current: string
  files: FileKeeper
  /** Epoch milliseconds. */
  since: number
  now: number
}

export async function tidyCopies({ directory, current, files, since, now }: TidyRequest): Promise<void> {
  const dated = listGenerations(directory).map((generation) => ({
    ...generation,
    starts: new Map(
      generation.snapshots.flatMap((number) => {
        const [head] = readHeads(join(generation.path, snapshotName(number)))
        return head ? [[number, head.at] as const] : []
      }),
    ),
  }))
  const surplus = decideSurplus(dated, { since, current: basename(current) })
  for (const { name, number } of surplus.snapshots) rmSync(join(directory, name, snapshotName(number)))
  for (const { name, number } of surplus.segments) rmSync(join(directory, name, segmentName(number)))
  for (const name of surplus.generations) rmSync(join(directory, name), { recursive: true, force: true })
  for (const { path, name } of listGenerations(directory)) if (name !== basename(current)) removeDrafts(path)
  await files.tidy(await listNamed(directory), now)
}

/** Of snapshots that were cut off. */
function removeDrafts(path: string): void {
  for (const file of globSync('*.draft', { cwd: path })) rmSync(join(path, file))
}

/** Hashes of all files that are named by what is left. */
async function listNamed(directory: string): Promise<Set<string>> {
  const named = new Set<string>()
  for (const { path, segments } of listGenerations(directory))
    for (const number of segments) {
      for (const { files = {} } of readHeads(join(path, segmentName(number))))
        for (const { sha256 } of Object.values(files)) named.add(sha256)
      await setImmediate() // a turn may be due
    }
  return named
}
