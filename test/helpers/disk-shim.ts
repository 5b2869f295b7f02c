/** Disks that are slow, or that lose what was not synced: `disk-shim.c`, preloaded into a server. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { ownFirstStart } from './first-start.ts'
import { lacks } from './programs.ts'
import { buildShim } from './shim.ts'

/** Without a compiler, and elsewhere than on Linux, there is no shim. */
export const canShimDisk = process.platform === 'linux' && !lacks('gcc')

let library: string | undefined

/** Variables of the environment with which each fsync takes so much longer. */
export function slowDisk(delayMs: number): Record<string, string> {
  return { LD_PRELOAD: (library ??= buildShim('disk-shim')), DISK_SHIM_DELAY_MS: String(delayMs) }
}

/**
 * Variables of the environment with which `kept` holds what of `dataDir` a power cut would leave at the least. What is
 * there already counts as synced.
 */
export function watchedDisk(dataDir: string, kept: string): Record<string, string> {
  mkdirSync(kept, { recursive: true })
  keepDirectory(dataDir, kept)
  const watched = { DISK_SHIM_DATA: dataDir, DISK_SHIM_KEEP: kept, [ownFirstStart]: 'yes' }
  return { LD_PRELOAD: (library ??= buildShim('disk-shim')), ...watched }
}

function keepDirectory(path: string, kept: string): void {
  const listing = [path]
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const file = join(path, entry.name)
    const { ino } = statSync(file)
    if (entry.isDirectory()) keepDirectory(file, kept)
    else copyFileSync(file, join(kept, `file.${ino}`))
    if (entry.isFile()) listing.push(`${ino} ${entry.name}`)
  }
  writeFileSync(join(kept, `directory.${statSync(path).ino}`), listing.join('\n'))
}

/**
 * Makes `target` what a power cut leaves: files and names as of their last sync. A disk may have got further than
 * that with any file: those named in `further` are taken as they are now.
 */
export function afterPowerCut(kept: string, dataDir: string, target: string, further: string[] = []): void {
  for (const listing of readdirSync(kept).filter((name) => name.startsWith('directory.'))) {
    const [path = '', ...entries] = readFileSync(join(kept, listing), 'utf8').trimEnd().split('\n')
    for (const entry of entries) {
      const space = entry.indexOf(' ')
      const source = join(kept, `file.${entry.slice(0, space)}`)
      const destination = join(target, relative(dataDir, path), entry.slice(space + 1))
      mkdirSync(dirname(destination), { recursive: true, mode: 0o700 })
      if (existsSync(source)) copyFileSync(source, destination)
      else writeFileSync(destination, '') // its name was synced, its content never
    }
  }
  for (const name of further) copyFileSync(join(dataDir, name), join(target, name))
}
