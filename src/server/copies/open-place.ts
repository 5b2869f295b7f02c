/** Where the thread that copies brings what its copier writes. */
import { rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { makeDirectory } from '../../lib/make-directory.ts'
import { openBucketClaims } from './bucket/bucket-claims.ts'
import { openBucket } from './bucket/open-bucket.ts'
import { StoredFiles } from './bucket/stored-files.ts'
import { tidyBucket } from './bucket/tidy-bucket.ts'
import { Uploads } from './bucket/uploads.ts'
import type { Copier } from './copier.ts'
import { tidyCopies } from './kept/tidy.ts'
import type { ClaimStore } from './owner/claim.ts'
import { directoryClaims } from './owner/directory-claims.ts'
import { OwnClaims } from './owner/own-claims.ts'
import { Ownership, type OwnershipTiming } from './owner/ownership.ts'
import type { BucketPlace, Place } from './place.ts'

export interface OpenedPlace extends Disposable {
  /** That the copier writes into. */
  directory: string
  /** How long it is waited between two turns, at least. */
  everyMs: number
  /** Of a segment. */
  maxBlocks?: number
  /** Nothing is to be written there before it is taken. */
  ownership: Ownership
  /** After each turn: resolves once what it wrote is kept. */
  push: () => Promise<void>
  /** The same for a snapshot, beside turns. */
  pushSnapshots: (signal: AbortSignal) => Promise<void>
  /** Removes what is older than `keepMs`. */
  tidy: (copier: Pick<Copier, 'path' | 'files'>, keepMs: number) => Promise<void>
}

export interface PlaceOptions {
  dataDir: string
  /** Of Muster. */
  version: string
  timing: OwnershipTiming
  /** Nothing is tried again after it. */
  signal: AbortSignal
  /** Told when a service does not know conditional writes. */
  onUnconditional: () => void
}

/** In the data directory, with an ending that no backup takes in. */
const spoolName = 'copies-upload.draft'

export function openPlace(place: Place, options: PlaceOptions): Promise<OpenedPlace> {
  return place.kind === 'directory'
    ? openDirectory(place.directory, options)
    : openBucketPlace(place, options)
}

async function openDirectory(directory: string, options: PlaceOptions): Promise<OpenedPlace> {
  makeDirectory(directory, { mode: 0o700 }) // it may have been away
  const ownership = await openOwnership(directoryClaims(directory), options)
  return {
    directory,
    everyMs: 250,
    ownership,
    push: async () => {},
    pushSnapshots: async () => {},
    async tidy({ path: current, files }, keepMs) {
      await ownership.renew()
      const now = Date.now()
      await tidyCopies({ directory, current, files, since: now - keepMs, now })
    },
    [Symbol.dispose]() {},
  }
}

async function openBucketPlace(place: BucketPlace, options: PlaceOptions): Promise<OpenedPlace> {
  const { dataDir, onUnconditional } = options
  using stack = new DisposableStack()
  const { prefix } = place
  const { bucket, patiently, ...way } = openBucket(place, pauseOf(options))
  stack.use(way)
  const claims = await openBucketClaims({ bucket, prefix, patiently, onUnconditional })
  const ownership = await openOwnership(claims, options)
  const files = new StoredFiles(bucket, { prefix, patiently, beforeWrite: () => ownership.hold() })
  const directory = join(dataDir, spoolName)
  const clear = () => rmSync(directory, { recursive: true, force: true })
  clear() // of a server that was killed: the database has all of it
  makeDirectory(directory, { mode: 0o700 })
  stack.defer(clear)
  const uploads = new Uploads(files, directory)
  const opened = stack.move()
  return {
    directory,
    everyMs: 1000, // each turn that has something is a request, and an object
    maxBlocks: 256,
    ownership,
    push: () => uploads.push(),
    pushSnapshots: (until) => uploads.pushSnapshots(until),
    async tidy({ path, files: keeper }, keepMs) {
      await ownership.renew()
      const now = Date.now()
      const request = { files, current: basename(path), kept: keeper.files, since: now - keepMs, now }
      uploads.forgetKept(await tidyBucket(request))
    },
    [Symbol.dispose]: () => opened.dispose(),
  }
}

const pauseOf =
  ({ signal }: Pick<PlaceOptions, 'signal'>) =>
  (ms: number) =>
    setTimeout(ms, undefined, { signal })

async function openOwnership(claims: ClaimStore, options: PlaceOptions): Promise<Ownership> {
  const { dataDir, version, timing } = options
  return new Ownership({
    claims,
    own: await OwnClaims.open(dataDir),
    host: hostname(),
    version,
    timing,
    pause: pauseOf(options),
    elapsed: () => performance.now(),
    now: Date.now,
  })
}
