// Builds the console with its own packages. Runs by itself after `npm ci` in a checkout, with any Node from 20 on.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const directory = fileURLToPath(new URL('.', import.meta.url))

function run(command, ...args) {
  // what the outer npm was told, e.g. --omit=dev, is not meant for the packages that build
  const names = Object.keys(process.env).filter(
    (name) => !/^npm_config_(omit|include|production)$/i.test(name),
  )
  const env = Object.fromEntries(names.map((name) => [name, process.env[name]]))
  const { status, error } = spawnSync(command, args, { cwd: directory, env, stdio: 'inherit' })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}

if (existsSync(new URL('vite.config.ts', import.meta.url))) {
  run('npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error')
  run('npm', 'run', 'build', '--silent')
}
