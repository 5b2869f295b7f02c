/** Gets a revocation list from where its CA's tag says. */
import {
  readSource as readNamedSource,
  SourceError,
  type NamedSource,
  type ReadOptions,
  type ReadSource,
} from '../../lib/outbound/named-source.ts'
import { CrlError } from './crl.ts'

/** Of the list, as it is read: room for some 1.8 million entries. */
export const maxListBytes = 64 * 1024 * 1024

const bounds = {
  maxBytes: maxListBytes,
  timeoutMs: 120_000,
  accept: 'application/pkix-crl, application/x-pem-file;q=0.9, */*;q=0.5',
}

/**
 * `unchanged` when the validators still hold.
 * @throws {CrlError} when it cannot be read, in time and within its limit
 */
export async function readSource(
  source: NamedSource,
  options: Omit<ReadOptions, keyof typeof bounds>,
): Promise<ReadSource | 'unchanged'> {
  try {
    return await readNamedSource(source, { ...options, ...bounds })
  } catch (cause) {
    throw cause instanceof SourceError ? new CrlError(cause.message, { cause: cause.cause }) : cause
  }
}
