// Builds the console with its own packages. Runs by itself after `npm ci` in a checkout, with any Node from 20 on, and again when
// `npx muster` runs there for the first time: npm then links the checkout, and prepares what it links. So what has been built
// from the same files stays as it is, unless `--always` is given.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const directory = fileURLToPath(new URL('.', import.meta.url))
const packages = join(directory, 'node_modules')
/** Within what was built: whatever builds anew by another way empties that, and leaves none. */
const stamp = join(directory, 'dist/.vite/built-from')

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

/** Names and contents of all that is built from. */
function describeSources() {
  const digest = createHash('sha256')
  const isMade = (name) => name === 'dist' || name === 'node_modules'
  const visit = (folder) => {
    const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !isMade(name))
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) visit(path)
      else
        digest
          .update(`${relative(directory, path)}\0`)
          .update(readFileSync(path))
          .update('\0')
    }
  }
  visit(directory)
  return digest.digest('hex')
}

function isBuiltFrom(sources) {
  return existsSync(packages) && existsSync(stamp) && readFileSync(stamp, 'utf8') === sources
}

if (existsSync(new URL('vite.config.ts', import.meta.url))) {
  const sources = describeSources()
  if (process.argv.includes('--always') || !isBuiltFrom(sources)) {
    run('npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error')
    run('npm', 'run', 'build', '--silent')
    mkdirSync(dirname(stamp), { recursive: true })
    writeFileSync(stamp, sources)
  }
}
