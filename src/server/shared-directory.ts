/** The data directory of several nodes of one machine that share their ports: a directory for each, and what commands look for. */
import { copyFileSync, lstatSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { makeDirectory } from '../lib/make-directory.ts'
import { lockDataDirectory } from '../store/index.ts'
import {
  allowListsDirectoryName,
  bucketsDirectoryName,
  endpointsFile,
  revocationListsDirectoryName,
  rootKeyFile,
  type Endpoints,
} from './server-files.ts'

export interface SharedDirectory extends Disposable {
  /** Of each node, in their order. */
  directories: readonly string[]
  /** From now on commands find the nodes by the directory that they share. */
  announce: (endpoints: Endpoints) => void
}

/** What the operator lays into the directory is every node's. */
const laidBeside = [bucketsDirectoryName, allowListsDirectoryName, revocationListsDirectoryName]

/** @throws {Error} for a person when another process has the directory, or it cannot be made or written to */
export function openSharedDirectory(dataDir: string, nodes: number): SharedDirectory {
  const shared = resolve(dataDir)
  const lock = lockDataDirectory(shared)
  const directories = Array.from({ length: nodes }, (_, at) => join(shared, `node-${at + 1}`))
  for (const directory of directories) {
    makeDirectory(directory, { mode: 0o700 })
    for (const name of laidBeside) lead(join(directory, name), join('..', name))
  }
  return {
    directories,
    announce(endpoints) {
      copyFileSync(rootKeyFile(directories[0] ?? ''), rootKeyFile(shared))
      const own = { ...endpoints, pid: process.pid }
      writeFileSync(endpointsFile(shared), `${JSON.stringify(own, undefined, 2)}\n`)
    },
    [Symbol.dispose]() {
      rmSync(endpointsFile(shared), { force: true })
      lock[Symbol.dispose]()
    },
  }
}

function lead(path: string, target: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) symlinkSync(target, path)
}
