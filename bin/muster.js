#!/usr/bin/env node
// Muster runs its TypeScript directly, which needs Node 26. This file is plain JavaScript that older Node
// versions can read: it goes on with the Node that came with `npm ci`, or says clearly what is missing.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { fileURLToPath } from 'node:url'

const neededMajor = 26
const major = Number(process.versions.node.split('.')[0])
const pinned = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url))

if (major >= neededMajor) {
  module.enableCompileCache() // the next start has less to compile
  await import('../src/cli/main.ts')
} else if (existsSync(pinned)) {
  const child = spawn(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGKILL' ? 137 : 1)
  })
} else {
  console.error(
    `Muster needs Node ${neededMajor} or newer; this is Node ${process.versions.node}.\n` +
      'Run `npm ci` in the project (it brings the right Node along), or install a newer Node.',
  )
  process.exitCode = 1
}
