/** The snapshots among copies, and when each begins to be of use. */
import { join } from 'node:path'
import { chainStart } from '../blocks/block.ts'
import { readBlocks } from '../blocks/block-file.ts'
import { CopyDamage } from '../blocks/copy-damage.ts'
import { listGenerations, snapshotName, type Generation } from '../kept/layout.ts'

export interface Snapshot {
  generation: Generation
  file: string
  /** Of Muster. */
  version: string
  /** Epoch milliseconds: the earliest time that it can be restored to. */
  startsAt: number
  /** The first one that goes on from it, and what that one's first block builds on. */
  segment: number
  chain: Buffer
}

/** In the order of time. @throws {CopyDamage} when one cannot be read */
export function listSnapshots(directory: string): Snapshot[] {
  return listGenerations(directory).flatMap((generation) =>
    generation.snapshots.map((segment) => readSnapshot(generation, segment)),
  )
}

function readSnapshot(generation: Generation, number: number): Snapshot {
  const file = join(generation.path, snapshotName(number))
  for (const { head } of readBlocks(file, chainStart)) {
    if (!head.snapshot) break
    const { version, segment, chain } = head.snapshot
    return { generation, file, version, startsAt: head.at, segment, chain: Buffer.from(chain, 'hex') }
  }
  throw new CopyDamage(`${generation.name}/${snapshotName(number)} does not begin as a snapshot does`)
}

/** The one to go on from to `at`; undefined for a time before the first. */
export const chooseSnapshot = (snapshots: readonly Snapshot[], at: number): Snapshot | undefined =>
  snapshots
    .filter(({ startsAt }) => startsAt <= at)
    .toSorted((one, other) => one.startsAt - other.startsAt)
    .at(-1)
