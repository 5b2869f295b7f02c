/** What `npm ci` builds once is not built again by each `npx muster` in a checkout. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'

/** A console whose build only counts. */
function makeConsole(): { directory: string; builds: () => number } {
  const directory = mkdtempSync(join(tmpdir(), 'muster-console-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const write = (name: string, text: string) => writeFileSync(join(directory, name), text)
  const name = { name: 'counted', version: '1.0.0' }
  cpSync('console/build.mjs', join(directory, 'build.mjs'))
  mkdirSync(join(directory, 'src'))
  write('src/main.tsx', 'one')
  write('vite.config.ts', '')
  write('package.json', JSON.stringify({ ...name, scripts: { build: 'sh count.sh' } }))
  write('package-lock.json', JSON.stringify({ ...name, lockfileVersion: 3, packages: { '': name } }))
  write(
    'count.sh',
    'rm -rf dist && mkdir -p dist node_modules && echo page > dist/index.html && echo built >> ../"$(basename "$PWD")".log\n',
  )
  const log = `${directory}.log`
  writeFileSync(log, '')
  onTestFinished(() => rmSync(log, { force: true }))
  return { directory, builds: () => readFileSync(log, 'utf8').split('\n').length - 1 }
}

const build = (directory: string, ...args: string[]) =>
  execFileSync(process.execPath, [join(directory, 'build.mjs'), ...args], { stdio: 'pipe' })

it('builds the console once for the same files', () => {
  const { directory, builds } = makeConsole()
  build(directory)
  expect(builds()).toBe(1)
  build(directory)
  expect(builds()).toBe(1)

  writeFileSync(join(directory, 'src/main.tsx'), 'another')
  build(directory)
  expect(builds()).toBe(2)
})

it('builds it again when it was built by another way, from files nobody knows', () => {
  const { directory, builds } = makeConsole()
  build(directory)
  execFileSync('sh', ['count.sh'], { cwd: directory })
  expect(builds()).toBe(2)
  build(directory)
  expect(builds()).toBe(3)
})

it('builds it again when its pages or its packages are gone, and when that is asked for', () => {
  const { directory, builds } = makeConsole()
  build(directory)
  rmSync(join(directory, 'dist'), { recursive: true })
  build(directory)
  expect(builds()).toBe(2)

  rmSync(join(directory, 'node_modules'), { recursive: true })
  build(directory)
  expect(builds()).toBe(3)

  build(directory, '--always')
  expect(builds()).toBe(4)
})
