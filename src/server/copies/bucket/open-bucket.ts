import { Bucket } from '../../../lib/outbound/bucket.ts'
import { createTrustedOutbound } from '../../../lib/outbound/outbound.ts'
import type { BucketPlace } from '../place.ts'
import { createPatiently, StoredFiles } from './stored-files.ts'

/** The files of a place, by a way out of their own. `pause` waits between two tries, and throws when there is no time left. */
export function openStoredFiles(
  { url, bucket, region, credentials, prefix }: BucketPlace,
  pause: (ms: number) => Promise<void>,
): { files: StoredFiles } & Disposable {
  const outbound = createTrustedOutbound()
  const options = { url, bucket, region, credentials, outbound, now: () => new Date() }
  return {
    files: new StoredFiles(new Bucket(options), prefix, createPatiently(pause)),
    [Symbol.dispose]: () => outbound[Symbol.dispose](),
  }
}
