/** Removes copies from a bucket that nobody needs any more. */
import { readHead, readLengths, prefixBytes, type KeptFiles } from '../blocks/block.ts'
import { CopyDamage } from '../blocks/copy-damage.ts'
import { keptFilesName, readLayout, segmentName, snapshotName } from '../kept/layout.ts'
import { decideSurplus, type DatedGeneration } from '../kept/retention.ts'
import type { Part, StoredFiles, StoredParts } from './stored-files.ts'

export interface TidyBucketRequest {
  files: StoredFiles
  /** Name of the generation that is being written. */
  current: string
  /** What is named now. */
  kept: KeptFiles
  /** Epoch milliseconds. */
  since: number
  now: number
}

/** When each of the files beside the database was named last, as far as is known: they are asked for as long as blocks that name them. */
const indexName = 'named-last.json'
/** More than the head of a snapshot's first block takes. */
const startBytes = 65_536
/** One that nobody names may have been stored just now, and be named in a moment. */
const graceMs = 3_600_000

/** Resolves with the hashes of files that were removed. */
export async function tidyBucket(request: TidyBucketRequest): Promise<string[]> {
  const { files, current, since } = request
  const stored = await files.list()
  const remove = (name: string) =>
    files.remove(
      name,
      (stored.get(name) ?? []).map(({ offset }) => offset),
    )
  const dated = await dateGenerations(files, stored)
  const surplus = decideSurplus(dated, { since, current })
  for (const { name, number } of surplus.snapshots) await remove(`${name}/${snapshotName(number)}`)
  for (const { name, number } of surplus.segments) await remove(`${name}/${segmentName(number)}`)
  for (const name of surplus.generations)
    for (const one of stored.keys()) if (one.startsWith(`${name}/`)) await remove(one)
  const old = new Set(surplus.snapshots.map(({ name, number }) => `${name}/${number}`))
  const starts = dated.flatMap(({ name, starts: all }) =>
    surplus.generations.includes(name)
      ? []
      : [...all].filter(([number]) => !old.has(`${name}/${number}`)).map(([, at]) => at),
  )
  return tidyKept({ ...request, since: Math.min(since, ...starts) }, stored)
}

/** Without snapshots that were cut off. */
async function dateGenerations(files: StoredFiles, stored: StoredParts): Promise<DatedGeneration[]> {
  const names = [...stored].filter(([, parts]) => isThere(parts)).map(([name]) => name)
  const dated: DatedGeneration[] = []
  for (const generation of readLayout(names)) {
    const starts = new Map<number, number>()
    for (const number of generation.snapshots)
      starts.set(number, await readStart(files, `${generation.name}/${snapshotName(number)}`))
    dated.push({ ...generation, path: generation.name, starts })
  }
  return dated
}

const isThere = ([first]: readonly Part[]): boolean => first?.offset === 0

async function readStart(files: StoredFiles, name: string): Promise<number> {
  return headOf(await files.readStart(name, startBytes), name).at
}

function headOf(start: Buffer, name: string) {
  if (start.length < prefixBytes) throw new CopyDamage(`${name} does not begin as a snapshot does`)
  const { head } = readLengths(start)
  return readHead(start.subarray(prefixBytes, prefixBytes + head))
}

async function tidyKept(
  { files, kept, since, now }: TidyBucketRequest,
  stored: StoredParts,
): Promise<string[]> {
  const named = new Set(Object.values(kept).map(({ sha256 }) => sha256))
  const known = await readIndex(files, stored)
  const last: Record<string, number> = {}
  const removed: string[] = []
  for (const [name, parts] of stored) {
    if (!name.startsWith(`${keptFilesName}/`)) continue
    const sha256 = name.slice(keptFilesName.length + 1)
    const at = named.has(sha256) ? now : (known[sha256] ?? now)
    const isNew = parts.some(({ modifiedAt }) => now - modifiedAt < graceMs)
    if (at >= since || isNew) last[sha256] = at
    else {
      await files.remove(
        name,
        parts.map(({ offset }) => offset),
      )
      removed.push(sha256)
    }
  }
  await files.putPart(indexName, 0, Buffer.from(JSON.stringify(last)))
  return removed
}

/** One that cannot be read says nothing: all files are named as if now. */
async function readIndex(files: StoredFiles, stored: StoredParts): Promise<Record<string, number>> {
  if (!stored.has(indexName)) return {}
  try {
    const index = JSON.parse((await files.readPart(indexName, 0)).toString()) as unknown
    return typeof index === 'object' && index !== null ? (index as Record<string, number>) : {}
  } catch {
    return {}
  }
}
