/** One-time passwords by the time (RFC 6238): SHA-1, 30 seconds, 6 digits, as AWS's virtual MFA devices have them. */
import { createHmac } from 'node:crypto'

const stepSeconds = 30
const digits = 6

/** Which step a time is in. */
export const stepOf = (now: Date): number => Math.floor(now.getTime() / 1000 / stepSeconds)

/** RFC 4226 5.3 */
export function codeOf(seed: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', seed).update(counter).digest()
  const offset = (mac.at(-1) ?? 0) & 0xf
  const number = mac.readUInt32BE(offset) & 0x7fff_ffff
  return String(number % 10 ** digits).padStart(digits, '0')
}

interface Search {
  seed: Uint8Array
  /** Where to look, and how far on both sides. */
  around: number
  reach: number
  /** Steps up to this one have been used. */
  after: number
}

/** The step of which this is the code; `undefined` when there is none. RFC 6238 5.2 */
export function findStep(code: string, { seed, around, reach, after }: Search): number | undefined {
  let found: number | undefined
  for (let step = around - reach; step <= around + reach; step += 1)
    if (step > after && codeOf(seed, step) === code) found ??= step
  return found
}

/** The second step of two that follow each other. */
export function findStepOfTwo(
  [first, second]: readonly [string, string],
  search: Search,
): number | undefined {
  const { seed, around, reach, after } = search
  for (let step = around - reach; step <= around + reach; step += 1)
    if (step > after && codeOf(seed, step) === first && codeOf(seed, step + 1) === second) return step + 1
  return undefined
}
