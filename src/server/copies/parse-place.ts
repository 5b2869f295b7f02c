/** `--wal-copies`, and what `muster restore` and `muster verify` are given: a directory, or `s3://bucket/prefix?endpoint=URL`. */
import { resolve } from 'node:path'
import type { Credentials } from '../../lib/outbound/sign-request.ts'
import type { Place } from './place.ts'

export const isBucketUrl = (text: string): boolean => /^s3:\/\//i.test(text)

interface Given {
  /** Absent: there are none. */
  credentials: Credentials | undefined
  /** Unless the place says another one. */
  region: string
}

const bucketPattern = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const parameters = new Set(['endpoint', 'region'])

/** @throws {Error} saying what is wrong with a bucket's; a directory may be anything */
export function parsePlace(text: string, { credentials, region: usual }: Given): Place {
  if (!isBucketUrl(text)) return { kind: 'directory', directory: resolve(text) }
  const url = URL.parse(text)
  if (!url || url.username !== '' || url.password !== '' || url.port !== '' || url.hash !== '')
    throw new Error(`must be s3://bucket/prefix?endpoint=URL, got ${text}`)
  const strange = [...url.searchParams.keys()].find((name) => !parameters.has(name))
  if (strange !== undefined) throw new Error(`may have endpoint and region, got ${strange}`)
  const bucket = url.hostname
  if (!bucketPattern.test(bucket)) throw new Error(`a bucket cannot be named "${bucket}"`)
  const region = url.searchParams.get('region') ?? usual
  const endpoint = url.searchParams.get('endpoint') ?? `https://s3.${region}.amazonaws.com`
  if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? ''))
    throw new Error(`endpoint must be an http or https URL, got ${endpoint}`)
  if (!credentials) throw new Error('a bucket needs service-access-key-id and service-secret-access-key')
  return { kind: 'bucket', url: endpoint, bucket, prefix: prefixOf(url.pathname), region, credentials }
}

/** @throws {Error} for one that a service may take for another */
function prefixOf(path: string): string {
  const steps = decodeURIComponent(path)
    .split('/')
    .filter((step) => step !== '')
  if (steps.some((step) => step === '.' || step === '..'))
    throw new Error('a prefix must not have "." or ".."')
  return steps.map((step) => `${step}/`).join('')
}
