/** Servers under measurement, each a process of its own on one core; the load runs on the other. */
import { fork, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { defaultLimits } from '../src/gateway/ports/index.ts'
import type { Endpoints, RootKey } from '../src/server/server-files.ts'
import { makeCa, type TestCa } from '../test/helpers/certificates.ts'
import type { DeviceLoad } from './device-load.ts'

export interface MeasuredServer extends AsyncDisposable {
  pid: number
  port: number
  /** Root that devices trust. */
  caFile: string
}

const serverCore = '0'
export const loadCore = availableParallelism() > 1 ? '1' : '0'
export const bothCores = `${serverCore},${loadCore}`

export interface ServerIdentity {
  caFile: string
  keyFile: string
  certFile: string
}

/** The peers' server certificate, P-256 as Muster's own. */
export function writeServerIdentity(directory: string): ServerIdentity {
  const root = makeCa({ subject: 'CN=Bench Root' })
  const leaf = root.issue({ subject: 'CN=localhost', dnsNames: ['localhost'] })
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), text)
    return join(directory, name)
  }
  return {
    caFile: file('root.pem', root.certificatePem),
    keyFile: file('server.key', leaf.privateKeyPem),
    certFile: file('server.pem', leaf.certificatePem),
  }
}

export async function startMosquitto(
  directory: string,
  identity: ServerIdentity,
  devicesCa: TestCa,
): Promise<MeasuredServer> {
  const port = await freePort()
  const clientCa = writeDevicesCa(directory, devicesCa)
  const accessList = join(directory, 'mosquitto.acl')
  writeFileSync(accessList, 'pattern readwrite bench/#\n') // the same for every user
  const config = [
    `listener ${port} 127.0.0.1`,
    `cafile ${clientCa}`,
    `certfile ${identity.certFile}`,
    `keyfile ${identity.keyFile}`,
    'require_certificate true',
    'use_identity_as_username true',
    `acl_file ${accessList}`,
    'max_inflight_messages 100', // as Muster
    'max_queued_messages 0', // no bound
    'set_tcp_nodelay true',
    'persistence false',
    'log_type error',
    ...(process.getuid?.() === 0 ? ['user root'] : []), // else it could not read the directory
  ]
  writeFileSync(join(directory, 'mosquitto.conf'), `${config.join('\n')}\n`)
  const child = pinned('mosquitto', ['-c', join(directory, 'mosquitto.conf')])
  await untilListening(port)
  return measured(child, port, identity.caFile)
}

/** aedes on the same Node as Muster. */
export async function startAedes(
  directory: string,
  identity: ServerIdentity,
  devicesCa: TestCa,
): Promise<MeasuredServer> {
  const port = await freePort()
  const { keyFile, certFile, caFile } = identity
  const files = [keyFile, certFile, writeDevicesCa(directory, devicesCa)]
  const child = pinned(process.execPath, [resolve('bench/aedes-server.ts'), ...files, String(port)])
  await untilListening(port)
  return measured(child, port, caFile)
}

function writeDevicesCa(directory: string, { certificatePem }: TestCa): string {
  const file = join(directory, 'devices-ca.pem')
  writeFileSync(file, certificatePem)
  return file
}

export async function startBareNode(identity: ServerIdentity): Promise<MeasuredServer> {
  const port = await freePort()
  const child = pinned(process.execPath, [
    resolve('bench/bare-server.ts'),
    identity.keyFile,
    identity.certFile,
    String(port),
  ])
  await untilListening(port)
  return measured(child, port, identity.caFile)
}

/** A server of the AWS APIs by its command, in which `{port}` is where it shall listen. */
export async function startPeer(command: string): Promise<MeasuredServer> {
  const port = await freePort()
  const [program = '', ...args] = command.split(' ').map((word) => word.replace('{port}', String(port)))
  const child = pinned(program, args, { environment: { GATEWAY_PORT: String(port) } })
  await untilListening(port)
  return measured(child, port, '')
}

/** AWS's quotas on messages and connects a second would bound what is measured, so they are lifted; `others` with them. */
export function withoutRates(file: string, others: object = {}): string[] {
  const rates = Object.keys(defaultLimits).filter((name) => name.includes('PerSecond'))
  if (rates.length === 0) return []
  writeFileSync(file, JSON.stringify({ ...Object.fromEntries(rates.map((name) => [name, 1e9])), ...others }))
  return ['--limits', file]
}

export interface MeasuredMuster extends MeasuredServer {
  endpoints: Endpoints
  rootKey: RootKey
}

export interface MusterOptions {
  /** Of the command, e.g. `['--limits', file]`. */
  flags?: readonly string[]
  /** Of Node, e.g. `['--cpu-prof']`. */
  nodeFlags?: readonly string[]
  /** Variables beside those of this process. */
  environment?: Record<string, string>
  /** Where it runs; the first. */
  core?: string
}

export async function startMuster(
  dataDir: string,
  { flags = [], nodeFlags = [], environment = {}, core = serverCore }: MusterOptions = {},
): Promise<MeasuredMuster> {
  const ports = ['--api-port', '0', '--mqtt-port', '0', '--https-port', '0']
  const limits = flags.includes('--limits') ? [] : withoutRates(`${dataDir}-limits.json`)
  const command = [resolve('bin/muster.js'), 'start', '--data-dir', dataDir]
  // the command begins anew to set the heap, unless that is said: a profiler's timer would end it then
  const memory = nodeFlags.length > 0 ? ['--min-semi-space-size=16', '--max-semi-space-size=32'] : []
  const args = [...memory, ...nodeFlags, ...command, ...ports, ...limits, ...flags]
  const child = pinned(process.execPath, args, { environment, core })
  let output = ''
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  while (!output.includes('Muster is ready') && child.stdout) await once(child.stdout, 'data')
  const endpoints = JSON.parse(readFileSync(join(dataDir, 'endpoints.json'), 'utf8')) as Endpoints
  const rootKey = JSON.parse(readFileSync(join(dataDir, 'root-access-key.json'), 'utf8')) as RootKey
  return { ...measured(child, endpoints.mqttPort, endpoints.rootCaFile), endpoints, rootKey }
}

/** Runs the load in a process of its own; resolves when every device has been answered. */
export async function runDeviceLoad(load: DeviceLoad): Promise<void> {
  await runLoad('device-load', load)
}

/** Runs `bench/<name>.ts` on the core of the load; resolves with its result. */
export async function runLoad<Result>(name: string, load: object): Promise<Result> {
  const child = forkLoad(name)
  try {
    return await askLoad<Result>(child, load)
  } finally {
    child.kill()
  }
}

/** Resolves with the result of a load that was forked; it may be asked again. */
export async function askLoad<Result>(child: ChildProcess, load: object): Promise<Result> {
  child.send(load)
  const [answer] = (await once(child, 'message')) as [{ result: Result; error?: string }]
  if (answer.error !== undefined) throw new Error(answer.error)
  return answer.result
}

export function forkLoad(name: string): ChildProcess {
  const child = fork(resolve(`bench/${name}.ts`))
  spawn('taskset', ['-a', '-p', '-c', loadCore, String(child.pid)], { stdio: 'ignore' })
  return child
}

function pinned(
  command: string,
  args: string[],
  { environment = {}, core = serverCore }: Pick<MusterOptions, 'environment' | 'core'> = {},
): ChildProcess {
  return spawn('taskset', ['-c', core, command, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  })
}

function measured(child: ChildProcess, port: number, caFile: string): MeasuredServer {
  return {
    pid: child.pid ?? 0, // taskset becomes the command, so this is the server itself
    port,
    caFile,
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, 'exit')
      child.kill()
      await exited
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

async function untilListening(port: number): Promise<void> {
  const { connect } = await import('node:net')
  for (let attempt = 0; attempt < 1200; attempt += 1) {
    const socket = connect(port, '127.0.0.1')
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (connected) return
    await new Promise((done) => setTimeout(done, 25))
  }
  throw new Error(`nothing listens on port ${port}`)
}
