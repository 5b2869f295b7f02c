/** Where copies are kept: a directory, or a bucket that a directory is brought to. As data: a thread is told so. */
import type { Credentials } from '../../lib/outbound/sign-request.ts'

interface DirectoryPlace {
  kind: 'directory'
  directory: string
}

export interface BucketPlace {
  kind: 'bucket'
  /** Of the service. */
  url: string
  bucket: string
  /** Ends with a slash, or is empty. */
  prefix: string
  region: string
  credentials: Credentials
}

export type Place = DirectoryPlace | BucketPlace

/** For messages: without what is secret. */
export const nameOfPlace = (place: Place): string =>
  place.kind === 'directory' ? place.directory : `s3://${place.bucket}/${place.prefix} at ${place.url}`
