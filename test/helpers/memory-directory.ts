import { accessSync, constants, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'

const inMemory = '/dev/shm'
const enoughBytes = 1e9

/**
 * The parent of directories of tests that are not about the disk: in memory where there is room for it, as waiting for
 * a disk is most of what such a test does. Who sets TMPDIR has them there.
 */
export function memoryDirectory(): string {
  return process.env['TMPDIR'] === undefined && hasRoom(inMemory) ? inMemory : tmpdir()
}

function hasRoom(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK)
    const { bavail, bsize } = statfsSync(directory)
    return bavail * bsize > enoughBytes
  } catch {
    return false
  }
}
