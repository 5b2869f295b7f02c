/** The commands as a person runs them: processes of their own, exit codes, and texts. */
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { once } from 'node:events'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runMuster } from '../helpers/muster.ts'
import { commandNames } from '../../src/cli/commands.ts'
import { testPostgres } from '../helpers/postgres/databases.ts'
import { freshDirectory, startServerProcess } from '../helpers/server.ts'

let directory: string
beforeEach(() => {
  directory = freshDirectory()
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const muster = (args: string[], environment: Record<string, string> = {}) =>
  runMuster(args, { directory, environment })

const explainUsage =
  'muster: expected muster explain <id>, or muster explain --address <IP address>, or muster explain --recent'
const anyPorts = ['--api-port', '0', '--mqtt-port', '0', '--https-port', '0']

describe('muster start', () => {
  it('writes where it listens, keeps secrets to its user, and stops on SIGTERM with 0', async () => {
    const server = await startServerProcess({ 'data-dir': directory })
    const endpoints = JSON.parse(readFileSync(join(directory, 'endpoints.json'), 'utf8')) as object
    expect(endpoints).toMatchObject({
      endpoint: 'localhost',
      region: 'us-east-1',
      accountId: '000000000000',
      pid: server.process.pid,
    })
    for (const secret of [
      'root-access-key.json',
      'tls/root-ca.key',
      'tls/root-ca_rsa.key',
      'tls/server.key',
      'tls/server_rsa.key',
      'issuing-ca.key',
      'secrets.key',
      ...(testPostgres() === undefined ? ['muster.db'] : []),
    ]) {
      expect({ secret, othersMay: statSync(join(directory, secret)).mode & 0o077 }).toEqual({
        secret,
        othersMay: 0,
      })
    }
    const exited = once(server.process, 'exit')
    server.process.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
    expect(existsSync(join(directory, 'endpoints.json'))).toBe(false)
  })

  it('keeps its root key, its TLS root, and its registration code over a restart', async () => {
    const facts = async () => {
      await using server = await startServerProcess({ 'data-dir': directory })
      return { key: server.rootKey, root: server.rootCa }
    }
    expect(await facts()).toEqual(await facts())
  })

  it.runIf(existsSync('/proc/self/cmdline')).each([
    ['gives itself a heap that fits a server', {}, true],
    [
      'leaves the heap to who has said something about it',
      { NODE_OPTIONS: '--max-old-space-size=400' },
      false,
    ],
  ])('%s', async (_, environment, isOwn) => {
    await using server = await startServerProcess({ 'data-dir': directory }, environment)
    const command = readFileSync(`/proc/${server.process.pid}/cmdline`, 'utf8')
    const isRoomy = Math.min(totalmem(), process.constrainedMemory() || Infinity) >= 2 ** 31
    expect(/--min-semi-space-size=\d+.*muster\.js\0start/.test(command)).toBe(isOwn && isRoomy)
  })

  it('refuses a second server on the same data directory and says why', async () => {
    await using _server = await startServerProcess({ 'data-dir': directory })
    const { code, stderr } = await muster(['start', '--data-dir', directory, ...anyPorts])
    expect(code).toBe(1)
    expect(stderr).toBe(
      `muster: another Muster server is using the data directory ${directory}; stop it, or choose another --data-dir\n`,
    )
  })

  it('stops in order although nobody reads what it prints any more', async () => {
    const server = await startServerProcess({ 'data-dir': directory })
    server.process.stdout?.destroy()
    const exited = once(server.process, 'exit')
    server.process.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
    expect(server.output()).not.toContain('EPIPE')
  })

  it.runIf(existsSync('/proc/self'))('says at once that its data directory cannot be made', async () => {
    const { code, stderr } = await muster(['start', '--data-dir', '/proc/nowhere/x', ...anyPorts])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^muster: the data directory \/proc\/nowhere\/x cannot be made or written to: /)
  })

  it('refuses a port that is taken and names it', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const address = taken.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const { code, stderr } = await muster([
      'start',
      '--data-dir',
      directory,
      ...anyPorts,
      '--mqtt-port',
      String(port),
    ])
    taken.close()
    expect(code).toBe(1)
    expect(stderr).toContain(String(port))
  })

  it.each([
    [['--mqtt-port', '70000'], /--mqtt-port: .*got "70000"/],
    [['--region', 'moon'], /--region: must look like us-east-1, got "moon"/],
    [['--account-id', '12'], /--account-id: must be 12 digits, got "12"/],
    [['--tls-key', 'only.key'], /tls-key and tls-cert go together: 1 keys came, and 0 certificates/],
    [['--tls-key', 'a.key,b.key', '--tls-cert', 'a.pem'], /2 keys came, and 1 certificates/],
    [['--no-such-option'], /^muster: Unknown option '--no-such-option'; muster --help lists the options\n$/],
    [['--region'], /^muster: [^\n]*--region[^\n]*; muster --help lists the options\n$/],
    [['help'], /^muster: expected muster start, got "help" after start\n$/],
    [
      ['--proxy-protocol-from', '10.0.0.0/8,moon'],
      /^muster: --proxy-protocol-from: "moon" is no range [^\n]*\n$/,
    ],
  ])('refuses %j with exit code 2', async (args, message) => {
    const { code, stderr } = await muster(['start', '--data-dir', directory, ...args])
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
  })

  it.each([
    [
      ['--tls-key', 'no.key', '--tls-cert', 'no.pem'],
      /^muster: the key of [^\n]* no\.key, cannot be read: [^\n]*\n$/,
    ],
    [['--tls-key', '.', '--tls-cert', '.'], /^muster: the key of [^\n]* \., cannot be read: [^\n]*\n$/],
    [
      ['--api-tls-key', 'no.key', '--api-tls-cert', 'no.pem'],
      /^muster: [^\n]* no\.key, cannot be read: [^\n]*\n$/,
    ],
    [['--hook-secret-file', 'no.secret'], /^muster: --hook-secret-file cannot be read: [^\n]*\n$/],
    [
      ['--backup-every', '1h', '--backup-dir', '../backups', '--backup-passphrase-file', 'no.text'],
      /^muster: the passphrase file no\.text cannot be read\n$/,
    ],
  ])('says in one line that a file cannot be read: %j', async (args, message) => {
    const { code, stderr } = await muster([
      'start',
      '--data-dir',
      join(directory, 'data'),
      ...anyPorts,
      ...args,
    ])
    expect(stderr).toMatch(message)
    expect(code).toBe(1)
  })

  it('names all bad options at once, those from the environment by their variable', async () => {
    const { stderr } = await muster(['start', '--region', 'moon'], { MUSTER_API_PORT: 'x' })
    expect(stderr).toMatch(/--region[^]*MUSTER_API_PORT|MUSTER_API_PORT[^]*--region/)
  })
})

describe('muster env and explain', () => {
  it('print what a shell needs, and find the server by the data directory or by that environment', async () => {
    await using server = await startServerProcess({ 'data-dir': directory })
    const { stdout } = await muster(['env', '--data-dir', directory])
    const variables = Object.fromEntries(
      [...stdout.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name!, value!]),
    )
    expect(variables).toMatchObject({
      AWS_ENDPOINT_URL: server.endpoints.apiUrl,
      AWS_ACCESS_KEY_ID: server.rootKey.accessKeyId,
      AWS_DEFAULT_REGION: 'us-east-1',
      MUSTER_ROOT_CA: server.endpoints.rootCaFile,
    })
    for (const found of [
      await muster(['explain', 'nobody', '--data-dir', directory]),
      await muster(['explain', 'nobody'], variables),
    ]) {
      expect(found.code).toBe(1)
      expect(found.stdout).toMatch(/^Nothing is recorded about "nobody"\. .*muster explain --recent/)
    }
  })

  it('say what to do when no server has been started', async () => {
    const { code, stderr } = await muster(['env', '--data-dir', join(directory, 'none')])
    expect(code).toBe(1)
    expect(stderr).toContain('npx muster start')
  })

  it('show the refusal of a caller who may not read the journal', async () => {
    await using server = await startServerProcess({ 'data-dir': directory })
    const environment = {
      AWS_ENDPOINT_URL: server.endpoints.apiUrl,
      AWS_ACCESS_KEY_ID: 'AKIAXXXXXXXXXXXXXXXX',
      AWS_SECRET_ACCESS_KEY: 'x',
    }
    const { code, stderr } = await muster(['explain', 'lamp'], environment)
    expect(code).toBe(1)
    expect(stderr).toMatch(/answered 403/)
  })

  it('ask for exactly one subject', async () => {
    expect(await muster(['explain'])).toMatchObject({
      code: 2,
      stderr: `${explainUsage}, got nothing after explain\n`,
    })
  })

  it('find by the address, or among the latest, whom no name finds', async () => {
    await using server = await startServerProcess({ 'data-dir': directory })
    const ask = (...args: string[]) => muster(['explain', ...args, '--data-dir', directory])
    expect(await ask('--recent')).toMatchObject({ code: 1, stdout: 'Nothing was refused.\n' })
    const socket = connect(server.endpoints.mqttPort, '127.0.0.1').on('error', () => {})
    socket.resume().write('GET / HTTP/1.1\r\n\r\n')
    await once(socket, 'close')
    for (const args of [['--recent'], ['--address', '127.0.0.1'], ['--address=::ffff:127.0.0.1']]) {
      const { code, stdout } = await ask(...args)
      expect(stdout).toMatch(/handshake-failed {2}from 127\.0\.0\.1[^]*What to change:[^]*Switch TLS on/)
      expect(code).toBe(0)
    }
    expect(await ask('--address', '192.0.2.1')).toMatchObject({ code: 1 })
    expect((await ask('--address', 'lamp')).stderr).toContain('address must be an IPv4 or IPv6 address')
  })

  it.each([
    [['explain', 'lamp', '--recent'], `${explainUsage}, got lamp --recent after explain`],
    [['explain', '--recent', '--address', '::1'], `${explainUsage}, got --address --recent after explain`],
    [['start', '--recent'], 'muster: expected muster start, got --recent after start'],
    [['explain', '--address'], /'--address <value>' argument missing; muster --help/],
  ])('refuse %j', async (args, message) => {
    const { code, stderr } = await muster(args)
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
  })
})

describe('muster without a command', () => {
  it.each([[], ['-h'], ['--help'], ['help']])('lists the commands and options (%j)', async (...args) => {
    const { code, stdout } = await muster(args.flat())
    expect(code).toBe(0)
    expect(stdout).toContain('explain <id>')
    expect(stdout).toContain('MUSTER_DATA_DIR')
  })

  it.each([
    [['explain', '--help'], 'Usage: muster explain [options]'],
    [['start', '-h'], 'Usage: muster start [options]'],
    [['help', 'tour'], 'Usage: muster tour [options]'],
  ])('tells of one command (%j)', async (args, usage) => {
    const { code, stdout } = await muster(args)
    expect({ code, usage: stdout.split('\n')[0] }).toEqual({ code: 0, usage })
  })

  it.each(['-v', '--version'])('says its version (%s)', async (flag) => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    expect(await muster([flag])).toMatchObject({
      code: 0,
      stdout: `muster ${version} (Node ${process.versions.node})\n`,
    })
  })
})

it('an unknown command is refused with the list of commands', async () => {
  const { code, stderr } = await muster(['frobnicate'])
  expect(code).toBe(2)
  expect(stderr).toContain(`the commands are ${commandNames.join(', ')}`)
})
