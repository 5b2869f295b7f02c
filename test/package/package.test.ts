/**
 * The npm package as whoever installs it has it: packed, installed into an empty folder with the system's own Node and npm, and
 * run there. It takes minutes and the registry, so it is not part of `npm test`: `npm run test:package`.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDirectory } from '../helpers/server.ts'

const run = promisify(execFile)

/** Without the folders that npm puts in front: no Node but the system's, no command of the checkout. */
const PATH = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !/node_modules|node-gyp-bin/.test(folder))
  .join(delimiter)

let folder: string
let tarball: string
const options = () => ({ cwd: folder, env: { PATH, HOME: folder }, maxBuffer: 1 << 26 })
const anyPorts = ['--api-port', '0', '--mqtt-port', '0', '--https-port', '0']

beforeAll(async () => {
  const { stdout } = await run(process.execPath, ['tools/package.ts'])
  tarball = resolve(/^(\S+\.tgz): /m.exec(stdout)?.[1] ?? 'no tarball')
  folder = freshDirectory()
  await run('npm', ['install', '--no-audit', '--no-fund', tarball], options())
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Bytes on the disk: a file of two names counts once. */
function sizeOf(directory: string): number {
  const files = globSync('**/*', { cwd: directory, withFileTypes: true }).filter((entry) => entry.isFile())
  const facts = files.map((entry) => statSync(join(entry.parentPath, entry.name)))
  return [...new Map(facts.map(({ ino, size }) => [ino, size])).values()].reduce((sum, size) => sum + size, 0)
}

describe('the npm package', () => {
  it('is small, and brings half of what a checkout needs', () => {
    expect(statSync(tarball).size).toBeLessThan(15e6)
    expect(sizeOf(join(folder, 'node_modules'))).toBeLessThan(290e6)
    for (const absent of ['aws-sdk', 'aws-crt', 'typescript', 'vitest', 'mqtt'])
      expect({ absent, isThere: existsSync(join(folder, 'node_modules', absent)) }).toEqual({
        absent,
        isThere: false,
      })
  })

  it('has a bill of materials of what is installed, and checksums that hold', async () => {
    const folderOf = dirname(tarball)
    const bill = JSON.parse(readFileSync(tarball.replace(/\.tgz$/, '.cdx.json'), 'utf8')) as {
      components: { name: string }[]
    }
    const listed = new Set(bill.components.map(({ name }) => name))
    const lock = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8')) as {
      packages: object
    }
    const installed = Object.keys(lock.packages).map((path) => path.replace(/^.*node_modules\//, ''))
    expect(installed.length).toBeGreaterThan(10)
    for (const bundled of ['kysely', 'fastify', 'pg', '@peculiar/x509']) expect(listed).toContain(bundled)
    expect(installed.filter((name) => !listed.has(name))).toEqual(['muster-iot'])
    for (const absent of ['aws-sdk', 'vitest', 'typescript'])
      expect(bill.components.map(({ name }) => name)).not.toContain(absent)
    const { stdout } = await run('sha256sum', ['--check', 'SHA256SUMS'], { cwd: folderOf })
    expect(stdout.match(/: OK$/gm)).toHaveLength(2)
  })

  it('holds no tests and no TypeScript, and names the licenses of what is bundled into it', () => {
    const own = join(folder, 'node_modules/muster-iot')
    expect(globSync('**/*.{ts,tsx,test.js}', { cwd: own })).toEqual([])
    expect(globSync('**/testing', { cwd: own })).toEqual([])
    const notices = readFileSync(join(own, 'THIRD-PARTY-NOTICES'), 'utf8')
    const ofPages = ['react-dom', '@cloudscape-design/components', '@codemirror/view']
    for (const name of [...ofPages, 'kysely', 'fastify', '@peculiar/x509'])
      expect(notices).toMatch(new RegExp(`^${name} \\d`, 'm'))
  })

  it('onboards two devices, one by a function, with the Node that came along', async () => {
    const { stdout: version } = await run('npx', ['--no-install', 'muster', '--version'], options())
    expect(version).toMatch(/^muster \d+\.\d+\.\d+ \(Node 26\./)
    const { stdout } = await run('npx', ['--no-install', 'muster', 'tour'], options())
    expect(stdout).toMatch(/All of this really happened/)
  })

  it('loads no AWS SDK into the server, which is for functions and for commands that copy', async () => {
    const hooks = join(folder, 'hooks.mjs')
    writeFileSync(
      hooks,
      `import { appendFileSync } from 'node:fs'
      import { registerHooks } from 'node:module'
      registerHooks({ load(url, context, next) {
        if (url.includes('/@aws-sdk/')) appendFileSync(process.env.SEEN, url + ' ')
        return next(url, context)
      } })`,
    )
    const own = join(folder, 'node_modules/muster-iot/bin/muster.js')
    const seenBy = async (name: string, ...args: string[]) => {
      const SEEN = join(folder, name)
      writeFileSync(SEEN, '')
      const env = { ...options().env, SEEN, NODE_OPTIONS: `--import=${hooks}` }
      const child = spawn(join(folder, 'node_modules/node/bin/node'), [own, ...args], { ...options(), env })
      const exited = once(child, 'exit')
      await Promise.race([exited, once(child.stdout, 'data')])
      child.kill('SIGTERM')
      await exited
      return readFileSync(SEEN, 'utf8')
    }
    expect(await seenBy('start', 'start', '--data-dir', 'hooked', ...anyPorts)).toBe('')
    const nowhere = ['--from', 'http://127.0.0.1:9', '--to', 'http://127.0.0.1:9']
    expect(await seenBy('copy', 'copy', ...nowhere)).toContain('@aws-sdk/client-iot')
  })

  it('starts, shows the console, is backed up while it runs, restored, and stops with 0', async () => {
    const program = join(folder, 'node_modules/.bin/muster')
    const muster = (...args: string[]) => run(program, args, options())
    const server = spawn(program, ['start', '--data-dir', 'data', ...anyPorts], {
      ...options(),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = once(server, 'exit')
    try {
      await once(server.stdout, 'data')
      const file = join(folder, 'data/endpoints.json')
      await expect.poll(() => existsSync(file)).toBe(true)
      const { apiUrl } = JSON.parse(readFileSync(file, 'utf8')) as { apiUrl: string }
      expect(await (await fetch(`${apiUrl}/console/`)).text()).toMatch(/<script[^>]+src=/)
      mkdirSync(join(folder, 'backups'))
      await muster('backup', 'backups/one', '--data-dir', 'data')
      await muster('restore', 'backups/one', '--data-dir', 'restored')
      expect(existsSync(join(folder, 'restored/muster.db'))).toBe(true)
    } finally {
      server.kill('SIGTERM')
    }
    expect(await exited).toEqual([0, null])
  })
})
