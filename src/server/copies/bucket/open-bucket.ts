import { Bucket } from '../../../lib/outbound/bucket.ts'
import { createTrustedOutbound } from '../../../lib/outbound/outbound.ts'
import type { BucketPlace } from '../place.ts'
import { createPatiently, StoredFiles, type Patiently } from './stored-files.ts'

/** By a way out of its own. `pause` waits between two tries, and throws when there is no time left. */
export function openBucket(
  { url, bucket, region, credentials }: BucketPlace,
  pause: (ms: number) => Promise<void>,
): { bucket: Bucket; patiently: Patiently } & Disposable {
  const outbound = createTrustedOutbound()
  const options = { url, bucket, region, credentials, outbound, now: () => new Date() }
  return {
    bucket: new Bucket(options),
    patiently: createPatiently(pause),
    [Symbol.dispose]: () => outbound[Symbol.dispose](),
  }
}

/** The files of a place, to read them; `beforeWrite` is for whoever changes them. */
export function openStoredFiles(
  place: BucketPlace,
  pause: (ms: number) => Promise<void>,
  beforeWrite: () => Promise<void> = () => Promise.reject(new Error('copies are only read here')),
): { files: StoredFiles } & Disposable {
  const { bucket, patiently, ...way } = openBucket(place, pause)
  return { files: new StoredFiles(bucket, { prefix: place.prefix, patiently, beforeWrite }), ...way }
}
