/** Clocks that somebody sets: `clock-shim.c`, preloaded into a server. */
import { writeFileSync } from 'node:fs'
import { isOnPath } from './programs.ts'
import { buildShim } from './shim.ts'

/** Without a compiler, and elsewhere than on Linux, there is no shim. */
export const canShiftClock = (): boolean => process.platform === 'linux' && isOnPath('gcc')

export interface Clock {
  /** Variables of the environment of who goes by it. */
  environment: Record<string, string>
  /** Milliseconds by which it is off from now on. */
  shift: (ms: number) => void
}

/** It is right until it is set. */
export function openClock(file: string): Clock {
  const shift = (ms: number) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt(ms))
    writeFileSync(file, bytes, { flag: 'r+' }) // in place: it is mapped
  }
  writeFileSync(file, Buffer.alloc(8))
  return { environment: { LD_PRELOAD: buildShim('clock-shim'), CLOCK_SHIM: file }, shift }
}
