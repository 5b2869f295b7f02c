/** Where the thread that copies brings what its copier writes. */
import { rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { makeDirectory } from '../../lib/make-directory.ts'
import { openStoredFiles } from './bucket/open-bucket.ts'
import { tidyBucket } from './bucket/tidy-bucket.ts'
import { Uploads } from './bucket/uploads.ts'
import type { Copier } from './copier.ts'
import { tidyCopies } from './kept/tidy.ts'
import type { BucketPlace, Place } from './place.ts'

export interface OpenedPlace extends Disposable {
  /** That the copier writes into. */
  directory: string
  /** How long it is waited between two turns, at least. */
  everyMs: number
  /** Of a segment. */
  maxBlocks?: number
  /** After each turn: resolves once what it wrote is kept. */
  push: () => Promise<void>
  /** The same for a snapshot, beside turns. */
  pushSnapshots: (signal: AbortSignal) => Promise<void>
  /** Removes what is older than `keepMs`. */
  tidy: (copier: Pick<Copier, 'path' | 'files'>, keepMs: number) => Promise<void>
}

/** In the data directory, with an ending that no backup takes in. */
const spoolName = 'copies-upload.draft'

/** `signal`: nothing is tried again after it. */
export function openPlace(
  place: Place,
  { dataDir, signal }: { dataDir: string; signal: AbortSignal },
): OpenedPlace {
  return place.kind === 'directory'
    ? openDirectory(place.directory)
    : openBucketPlace(place, { dataDir, signal })
}

function openDirectory(directory: string): OpenedPlace {
  return {
    directory,
    everyMs: 250,
    push: async () => {},
    pushSnapshots: async () => {},
    tidy({ path: current, files }, keepMs) {
      const now = Date.now()
      return tidyCopies({ directory, current, files, since: now - keepMs, now })
    },
    [Symbol.dispose]() {},
  }
}

function openBucketPlace(
  place: BucketPlace,
  { dataDir, signal }: { dataDir: string; signal: AbortSignal },
): OpenedPlace {
  const pause = (ms: number) => setTimeout(ms, undefined, { signal })
  const { files, ...way } = openStoredFiles(place, pause)
  const directory = join(dataDir, spoolName)
  rmSync(directory, { recursive: true, force: true }) // of a server that was killed: the database has all of it
  makeDirectory(directory, { mode: 0o700 })
  const uploads = new Uploads(files, directory)
  return {
    directory,
    everyMs: 1000, // each turn that has something is a request, and an object
    maxBlocks: 256,
    push: () => uploads.push(),
    pushSnapshots: (until) => uploads.pushSnapshots(until),
    async tidy({ path, files: keeper }, keepMs) {
      const now = Date.now()
      const request = { files, current: basename(path), kept: keeper.files, since: now - keepMs, now }
      uploads.forgetKept(await tidyBucket(request))
    },
    [Symbol.dispose]() {
      way[Symbol.dispose]()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
