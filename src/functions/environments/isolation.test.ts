import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { patienceMs } from '../../../test/helpers/patience.ts'
import { lacks } from '../../../test/helpers/programs.ts'
import { findStrongest } from '../testing/strongest-isolation.ts'
import { accountId, openTestAccount, type TestAccount } from '../testing/test-account.ts'
import type { Isolation } from './sandbox.ts'

/** What this machine allows: all is tried in the strongest, root tries the next too, which needs no namespaces. */
const strongest = await findStrongest()
const isRoot = process.getuid?.() === 0
const hasPython = !lacks('python3')
const levels: Isolation[] = isRoot && strongest === 'namespaces' ? ['namespaces', 'user'] : [strongest]

/** A folder, a file, and what is not there. */
const hiddenPlaces = ['/usr/share', '/etc/os-release', '/nowhere/at/all']

describe.each(levels)('with %s, a function', (isolation) => {
  const isOneOf = (...kinds: Isolation[]) => kinds.includes(isolation)
  const hasNamespaces = isOneOf('namespaces', 'user-namespace')
  /** What does not depend on the way is tried once. */
  const isMain = isolation === strongest
  let account: TestAccount
  beforeAll(async () => {
    account = await openTestAccount({ isolation, hiddenPlaces })
  })
  afterAll(() => account[Symbol.asyncDispose]())

  let count = 0
  async function create(body: string, more: object = {}): Promise<string> {
    const name = `function-${++count}`
    const source = `const fs = require('fs'), { spawn, spawnSync } = require('child_process')
      const attempt = (act) => { try { return act() } catch (error) { return error.code } }
      exports.handler = async (event) => { ${body} }`
    await account.create(name, { 'index.js': source }, more)
    return name
  }

  it.runIf(isMain)('that spins is ended at its timeout, while others go on', async () => {
    const spinning = await create('for (;;);', { Timeout: 1 })
    const other = await create('return 1')
    const ended = account.invoke(spinning, {}, { LogType: 'Tail' })
    expect((await account.invoke(other)).answer).toBe(1)
    const { answer, error, logResult, $metadata } = await ended
    const id = $metadata.requestId
    expect(error).toBe('Unhandled')
    expect(answer).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${id} Error: Task timed out after 1.00 seconds`,
    })
    expect(logResult).toMatch(new RegExp(`Z ${id} Task timed out after 1.00 seconds\nEND RequestId: ${id}\n`))
    expect(logResult).toMatch(/REPORT .*\tStatus: timeout\t\n$/)
  })

  it('that takes more memory than it may is ended', async () => {
    const body =
      'const all = []; for (;;) { all.push(Buffer.alloc(1e6, 1)); await new Promise(setImmediate) }'
    const { answer, logResult } = await account.invoke(
      await create(body, { Timeout: 20 }),
      {},
      { LogType: 'Tail' },
    )
    expect(answer).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/Runtime exited with error: signal: killed$/),
    })
    expect(logResult).toMatch(
      /Max Memory Used: 128 MB\tInit .*Status: error\tError Type: Runtime.OutOfMemory/,
    )
  })

  it.runIf(isMain)('that takes more in one of many short events is ended soon after it', async () => {
    const body = `global.kept ??= []; if (event.take) kept.push(Buffer.alloc(200e6, 1)); return kept.length`
    const name = await create(body, { Timeout: 20 })
    expect((await account.invoke(name)).answer).toBe(0)
    await account.invoke(name, { take: true })
    await expect.poll(async () => (await account.invoke(name)).answer, { timeout: patienceMs }).toBe(0)
  })

  it.runIf(isMain)('whose children take more memory than it may is ended', async () => {
    const body = `const program = 'const all = []; setInterval(() => all.push(Buffer.alloc(5e6, 1)), 1)'
      spawn(process.execPath, ['-e', program]); await new Promise((resolve) => setTimeout(resolve, 15000))`
    const { answer } = await account.invoke(await create(body, { Timeout: 20 }))
    expect(answer).toMatchObject({ errorMessage: expect.stringMatching(/signal: killed$/) })
  })

  /** Takes memory until it ends. */
  const greedy = `'const all = []; setInterval(() => all.push(Buffer.alloc(5e6, 1)), 1); setTimeout(process.exit, 15000)'`

  it.runIf(isMain)('whose threads’ children take more memory than it may is ended', async () => {
    const body = `const { Worker } = require('worker_threads')
      const thread = () => require('child_process').spawn(process.execPath, ['-e', ${greedy}])
      new Worker('(' + thread + ')()', { eval: true })
      await new Promise((resolve) => setTimeout(resolve, 15000)); return 'room for all'`
    const { answer } = await account.invoke(await create(body, { Timeout: 20, MemorySize: 256 }))
    expect(answer).toMatchObject({ errorMessage: expect.stringMatching(/signal: killed$/) })
  })

  it.skipIf(isolation === 'none')('whose orphans take more memory than it may is ended', async () => {
    const body = `const run = '"$1" -e "$2" & exit'
      spawn('setsid', ['sh', '-c', run, 'sh', process.execPath, ${greedy}], { stdio: 'ignore' })
      await new Promise((resolve) => setTimeout(resolve, 15000)); return 'room for all'`
    const { answer } = await account.invoke(await create(body, { Timeout: 20 }))
    expect(answer).toMatchObject({ errorMessage: expect.stringMatching(/signal: killed$/) })
  })

  it.runIf(isMain && hasPython)('that fills files without a name, which are memory, is ended', async () => {
    const code = [
      'import os, time',
      'def handler(event, context):',
      '  file = os.memfd_create("more")',
      '  for _ in range(600): os.write(file, b"x" * 1000000)',
      '  time.sleep(15)',
    ]
    const runtime = { Runtime: 'python3.12' as const, Timeout: 20 }
    await account.create('memory-file', { 'index.py': code.join('\n') }, runtime)
    expect((await account.invoke('memory-file')).answer).toMatchObject({
      errorMessage: expect.stringMatching(/signal: killed$/),
    })
  })

  it.skipIf(isolation === 'none')('leaves no shared memory and no queue behind', async () => {
    const body = `return [['-M', '100000'], ['-Q'], ['-S', '1']].map((args) => spawnSync('ipcmk', args).status)
      .concat(attempt(() => fs.writeFileSync('/dev/shm/left-${process.pid}', 'x')) ?? 0, process.getuid())`
    const name = await create(body)
    const { answer } = await account.invoke(name)
    expect(answer).toEqual([0, 0, 0, 0, expect.any(Number)])
    account.functions.retire(accountId, name)
    const [userId = 0] = (answer as number[]).slice(-1)
    // as the user of the server it may not be told from others
    const kinds = userId >= 58_000 ? ['shm', 'msg', 'sem'] : []
    await expect.poll(() => kinds.flatMap((kind) => ipcOf(userId, kind))).toEqual([])
    await expect.poll(() => existsSync(`/dev/shm/left-${process.pid}`)).toBe(false)
  })

  it.runIf(hasNamespaces)('has no shared memory to speak of that counts nowhere', async () => {
    const body = `return ['1000000', '100000000'].map((size) => spawnSync('ipcmk', ['-M', size]).status)`
    expect((await account.invoke(await create(body))).answer).toEqual([0, 1])
  })

  it.skipIf(isolation === 'none')('takes all that it started with it, also what left its group', async () => {
    const mark = `98765${process.pid}`
    const body = `spawn('sleep', ['${mark}'], { detached: true, stdio: 'ignore' }).unref()
      spawn('setsid', ['sh', '-c', 'sleep ${mark} & sleep ${mark}'], { detached: true, stdio: 'ignore' }).unref()
      await new Promise(() => setTimeout(() => {}, 1e5))`
    expect((await account.invoke(await create(body, { Timeout: 1 }))).error).toBe('Unhandled')
    await expect.poll(() => processesWith(mark)).toEqual([])
  })

  it.runIf(isMain)('is stopped between events and goes on with the next one', async () => {
    const body = `if (event.starts) { setTimeout(() => { globalThis.isLate = true }, 20); return 1 }
      await new Promise((resolve) => setTimeout(resolve, 40)); return globalThis.isLate`
    const name = await create(body)
    await account.invoke(name, { starts: true })
    expect((await account.invoke(name)).answer).toBe(true)
  })

  it.runIf(isMain && isolation !== 'none')('that is a fork bomb hurts only itself', async () => {
    const body = `spawn('sh', ['-c', 'bomb() { bomb | bomb & }; bomb'], { stdio: 'ignore' })
      await new Promise(() => setTimeout(() => {}, 1e5))`
    const bomb = account.invoke(await create(body, { Timeout: 1 }))
    const other = await create('return 1')
    for (let index = 0; index < 5; index += 1) expect((await account.invoke(other)).answer).toBe(1)
    expect((await bomb).error).toBe('Unhandled')
  })

  it('can fill no more than its own temporary directory', async () => {
    const body = `const directory = require('os').tmpdir()
      for (let n = 0; n < 12; n++) fs.writeFileSync(directory + '/' + n, Buffer.alloc(64e6))
      await new Promise((resolve) => setTimeout(resolve, 5000)); return 'room for all'`
    const { answer } = await account.invoke(await create(body, { Timeout: 20, MemorySize: 512 }))
    const isFull = { errorMessage: expect.stringMatching(/^ENOSPC/) }
    const isKilled = { errorMessage: expect.stringMatching(/signal: killed$/) }
    expect(answer).toMatchObject(hasNamespaces ? isFull : isKilled)
  })

  it.runIf(isMain)('cannot flood the log', async () => {
    const body = 'for (let n = 0; n < 1e5; n++) console.log("a".repeat(300)); return 1'
    const name = await create(body, { Timeout: 30 })
    expect((await account.invoke(name)).answer).toBe(1)
    expect(account.logOf(name).join('').length).toBeLessThan(17e6)
  })

  it('has a temporary directory that no other function sees', async () => {
    const look = `return ['/tmp', require('os').tmpdir()].map((path) => fs.existsSync(path + '/left-${process.pid}'))`
    const write = `fs.writeFileSync(require('os').tmpdir() + '/left-${process.pid}', '');`
    expect((await account.invoke(await create(write + look))).answer).toEqual([hasNamespaces, true])
    expect((await account.invoke(await create(look))).answer).toEqual([false, false])
  })

  it.runIf(hasNamespaces)('leaves nothing where everybody may write', async () => {
    const files = ['/tmp', '/var/tmp', '/dev/shm', '/run/lock']
      .filter((place) => existsSync(place))
      .map((place) => `${place}/left-there-${process.pid}`)
    const body = 'return event.files.map((file) => attempt(() => fs.writeFileSync(file, "x")) ?? "written")'
    const { answer } = await account.invoke(await create(body), { files })
    expect(answer).toEqual(files.map(() => 'written'))
    expect(files.filter((file) => existsSync(file))).toEqual([])
  })

  it.skipIf(isolation === 'none')('does not see the data directory', async () => {
    const body = 'return event.paths.map((path) => attempt(() => fs.readdirSync(path)))'
    const paths = [account.directory, `${account.directory}/functions`, `${account.directory}/muster.db`]
    const { answer } = await account.invoke(await create(body), { paths })
    expect(answer).toEqual(
      paths.map(() => expect.stringMatching(hasNamespaces ? /^ENOENT$/ : /^(EACCES|ENOTDIR)$/)),
    )
  })

  it.runIf(hasNamespaces)('sees nothing of what is hidden besides, a folder or a file', async () => {
    const [folder, file] = hiddenPlaces
    const body = `return [fs.readdirSync('${folder}').length, fs.readFileSync('${file}').length]`
    expect((await account.invoke(await create(body))).answer).toEqual([0, 0])
  })

  it.runIf(isMain)('does not see the environment of the server', async () => {
    process.env['MUSTER_TEST_SECRET'] = 'secret'
    const { answer } = await account.invoke(await create('return process.env'))
    expect(answer).not.toHaveProperty('MUSTER_TEST_SECRET')
    expect(answer).toHaveProperty('AWS_SESSION_TOKEN')
  })

  it.skipIf(isolation === 'none')('reaches no process of the server', async () => {
    const body = `return [attempt(() => process.kill(event.pid, 0)), attempt(() => fs.readFileSync('/proc/' + event.pid + '/environ').length)]`
    const { answer } = await account.invoke(await create(body), { pid: process.pid })
    expect(answer).toEqual(hasNamespaces ? ['ESRCH', 'ENOENT'] : ['EPERM', 'EACCES'])
  })

  it.runIf(isolation === 'user' || isolation === 'namespaces')('runs as a user of its own', async () => {
    const { answer } = await account.invoke(await create('return [process.getuid(), process.getgid()]'))
    expect(answer).toEqual([expect.any(Number), expect.any(Number)])
    expect(Math.min(...(answer as number[]))).toBeGreaterThanOrEqual(58_000)
  })

  it.skipIf(isolation === 'none')('can change nobody else’s files, nor its own code', async () => {
    const body = `return event.paths.concat(__filename).map((path) => attempt(() => fs.appendFileSync(path, '')) ?? 'done')`
    const paths = [import.meta.filename, process.execPath, '/etc/hostname']
    const { answer } = await account.invoke(await create(body), { paths })
    expect(answer).toEqual(Array(4).fill(expect.stringMatching(/^(EACCES|EROFS|ETXTBSY|ENOENT|EPERM)$/)))
  })

  it('gives way to the server, and is not starved', async () => {
    const { answer } = await account.invoke(await create("return require('os').getPriority()"))
    expect(answer).toBe(Math.min(getPriority() + 5, 19))
  })

  it.runIf(isMain)('gets variables as they are, whatever a shell would make of them', async () => {
    const quoted = `it's "$HOME" \`id\` $(id)\n\\ ü`
    const Environment = { Variables: { quoted } }
    const { answer } = await account.invoke(await create('return process.env.quoted', { Environment }))
    expect(answer).toBe(quoted)
  })

  it('cannot have a program of its own run before it is kept apart', async () => {
    const evil = '#!/bin/sh\necho evil as $(id -u) >&2\n'
    const names = ['setpriv', 'unshare', 'mount', 'env', 'sh', 'nice']
    const files = Object.fromEntries(names.map((name) => [name, evil]))
    const Variables = { PATH: '.', LD_PRELOAD: './preload.so', ENV: './sh', BASH_ENV: './sh' }
    await account.create('evil', { 'index.js': '', ...files }, { Environment: { Variables } })
    expect((await account.invoke('evil')).answer).toMatchObject({ errorType: 'Runtime.ExitError' })
    expect(account.logOf('evil').filter((line) => line.includes('evil as 0'))).toEqual([])
  })

  it.skipIf(isolation === 'none')('makes no namespaces, in which memory would count nowhere', async () => {
    const body = `return ['--user', '--user --map-current-user', '--user --map-root-user --mount', '--user --ipc']
      .map((args) => spawnSync('unshare', [...args.split(' '), 'true']).status)
      .concat(fs.readFileSync('/proc/self/status', 'utf8').match(/Cap(Inh|Prm|Eff|Bnd|Amb):\\s+[0-9a-f]*[1-9a-f]/g) ?? [])`
    expect((await account.invoke(await create(body))).answer).toEqual([1, 1, 1, 1])
  })

  it.runIf(hasNamespaces && hasPython)('has no shared memory of namespaces without a name', async () => {
    const code = [
      'import ctypes',
      'def handler(event, context):',
      '  system = ctypes.CDLL(None)',
      '  system.unshare(0x10000000 | 0x08000000) # CLONE_NEWUSER, CLONE_NEWIPC',
      '  return system.shmget(0, 100000000, 0o1600)',
    ]
    await account.create('unshared', { 'index.py': code.join('\n') }, { Runtime: 'python3.12' })
    expect((await account.invoke('unshared')).answer).toBe(-1)
  })

  it.runIf(hasNamespaces)('cannot undo what keeps it apart', async () => {
    const body = `return [['umount', '/tmp'], ['mount', '-t', 'tmpfs', 'none', '/mnt'], ['mount', '-o', 'remount,rw', '/']]
      .map(([file, ...args]) => spawnSync(file, args).status)`
    const { answer } = await account.invoke(await create(body))
    expect(answer).not.toContain(0)
  })
})

/** What the user owns of the host's System V objects. */
function ipcOf(userId: number, kind: string): string[] {
  const [head = '', ...rows] = readFileSync(`/proc/sysvipc/${kind}`, 'utf8').trim().split('\n')
  const uid = head.trim().split(/\s+/).indexOf('uid')
  return rows.filter((row) => Number(row.trim().split(/\s+/)[uid]) === userId)
}

/** Every process whose command line holds the text. */
function processesWith(text: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text)
    } catch {
      return false // it ended
    }
  })
}
