/** Input files from an S3-compatible service that the operator named. */
import type { Readable } from 'node:stream'
import { Bucket, BucketError, type BucketOptions } from '../../lib/outbound/bucket.ts'
import type { ObjectName } from './bucket-directory.ts'
import { TaskFailure } from './task.ts'

/** Any bucket of it. The task's role is held against Muster's policies before. */
export type S3Endpoint = Omit<BucketOptions, 'bucket'>

/** @throws {TaskFailure} when there is no such object, or the service gives it to nobody */
export async function getObject(endpoint: S3Endpoint, { bucket, key }: ObjectName): Promise<Readable> {
  try {
    return await new Bucket({ ...endpoint, bucket }).get(key)
  } catch (cause) {
    if (!(cause instanceof BucketError)) throw cause
    const { status, message } = cause
    if (status === 404) throw new TaskFailure(`${bucket}/${key} does not exist`)
    if (status === undefined) throw new TaskFailure(message, { cause })
    throw new TaskFailure(`${new URL(endpoint.url).origin} answered ${status} for ${bucket}/${key}`)
  }
}
