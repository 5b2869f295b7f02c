import { openBucketSource } from './bucket/source.ts'
import type { Place } from './place.ts'
import { directorySource, type CopiesSource } from './restoring/source.ts'

/** To read copies from wherever they are. `temporaryDirectory` takes what is fetched of a bucket. */
export async function openSource(
  place: Place,
  options: { temporaryDirectory: string; signal: AbortSignal },
): Promise<CopiesSource & AsyncDisposable> {
  if (place.kind === 'bucket') return openBucketSource(place, options)
  return { ...directorySource(place.directory), [Symbol.asyncDispose]: async () => {} }
}
