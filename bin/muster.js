#!/usr/bin/env node
// Muster needs Node 26; in a checkout it runs its TypeScript directly. This file is plain JavaScript that older Node
// versions can read: it goes on with the Node that came with `npm ci` or `npm install`, or says clearly what is missing.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { heapOptions } from './heap-options.js'

const neededMajor = 26
const major = Number(process.versions.node.split('.')[0])
const pinned = findPinned()
const command = [fileURLToPath(import.meta.url), ...process.argv.slice(2)]

/** Below this package, or beside it, as npm arranges it; undefined where it did not come along. */
function findPinned() {
  try {
    const manifest = module.createRequire(import.meta.url).resolve('node/package.json')
    return join(dirname(manifest), 'bin', 'node')
  } catch {
    return undefined
  }
}

/** Only the server, and only with the Node that was tried with them: another one may not know them. */
function optionsFor(nodeMajor) {
  if (process.argv[2] !== 'start' || nodeMajor !== neededMajor) return []
  const limit = process.constrainedMemory?.() || Number.POSITIVE_INFINITY
  const given = [...process.execArgv, process.env.NODE_OPTIONS ?? '']
  return heapOptions({ memoryBytes: Math.min(totalmem(), limit), given })
}

/** The same process goes on with other options. */
function replaceProcess(options) {
  const { execPath, execArgv, env } = process
  process.execve(execPath, [execPath, ...options, ...execArgv, ...command], env)
}

if (major >= neededMajor) {
  const options = optionsFor(major)
  if (options.length > 0 && process.execve && process.platform !== 'win32') replaceProcess(options)
  module.enableCompileCache() // the next start has less to compile
  await import('../src/cli/main.ts')
} else if (pinned !== undefined && existsSync(pinned)) {
  const child = spawn(pinned, [...optionsFor(neededMajor), ...command], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGKILL' ? 137 : 1)
  })
} else {
  console.error(
    `Muster needs Node ${neededMajor} or newer; this is Node ${process.versions.node}.\n` +
      'Run `npm ci` in the project, or `npm install` where Muster is a package (it brings the right Node along), or install\n' +
      'a newer Node.',
  )
  process.exitCode = 1
}
