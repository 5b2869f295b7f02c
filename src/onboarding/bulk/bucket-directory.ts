/** Buckets that the operator keeps as directories of this server: an object is a file below one. */
import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { TaskFailure } from './task.ts'

export interface ObjectName {
  bucket: string
  key: string
}

const bucketName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

/** Why the object can be no file below its bucket; undefined when it can. Pure: links are the operator's own affair. */
export function findNameFault({ bucket, key }: ObjectName): string | undefined {
  if (!bucketName.test(bucket)) return `${JSON.stringify(bucket)} is no name of a bucket`
  const isPath = key.split('/').some((part) => part === '' || part === '.' || part === '..')
  return isPath ? `the key ${JSON.stringify(key)} has an empty part, or one of dots` : undefined
}

/** Whether the operator keeps the bucket here. */
export async function isKept(directory: string, bucket: string): Promise<boolean> {
  const facts = await stat(join(directory, bucket)).catch(() => undefined)
  return facts?.isDirectory() ?? false
}

/** @throws {TaskFailure} when there is no such file */
export async function openObject(directory: string, { bucket, key }: ObjectName): Promise<Readable> {
  try {
    const file = await open(join(directory, bucket, key), 'r')
    if ((await file.stat()).isFile()) return file.createReadStream()
    await file.close()
    throw new TaskFailure(`${bucket}/${key} is no file`)
  } catch (cause) {
    if (cause instanceof TaskFailure) throw cause
    const { code } = cause as NodeJS.ErrnoException
    const isThere = code !== 'ENOENT' && code !== 'ENOTDIR'
    throw new TaskFailure(`${bucket}/${key} ${isThere ? 'cannot be read' : 'does not exist'}`, { cause })
  }
}
