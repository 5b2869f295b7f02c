/** Addresses that stand for a signature, for ten minutes: whoever knows one has what it leads to. */
import { createHmac, randomBytes } from 'node:crypto'
import { constantEquals } from './constant-equals.ts'

const validMs = 10 * 60_000

export interface ExpiringLinks {
  /** A path without a slash at its beginning. The parts hold no slash. */
  create: (...parts: string[]) => string
  /** The parts of a path that `create` made; why not, when it was not, or is too old. */
  read: (path: string) => { parts: readonly string[] } | { fault: string }
}

/** Links of a server before its restart are worth nothing. */
export function createExpiringLinks(now: () => Date): ExpiringLinks {
  const secret = randomBytes(32)
  const sign = (text: string) => createHmac('sha256', secret).update(text).digest('base64url')
  return {
    create(...parts) {
      const claim = [...parts, now().getTime() + validMs].join('/')
      return `${claim}/${sign(claim)}`
    },
    read(path) {
      const at = path.lastIndexOf('/')
      const claim = path.slice(0, Math.max(at, 0))
      if (!constantEquals(path.slice(at + 1), sign(claim)))
        return { fault: 'this address was not given out by this server since its start' }
      const parts = claim.split('/')
      const expires = Number(parts.pop())
      return now().getTime() > expires ? { fault: 'this address was valid for ten minutes' } : { parts }
    },
  }
}
