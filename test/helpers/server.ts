/** Muster as tests use it: in this process or as the command a user runs, on free ports and a fresh directory. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { IAMClient } from '@aws-sdk/client-iam'
import { IoTClient } from '@aws-sdk/client-iot'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { musterProgram } from './program.ts'
import { findByDataDirectory, targetOf, type RunningServer } from '../../src/cli/running-server.ts'
import { signedRequest } from '../../src/cli/signed-request.ts'
import { parseConfig } from '../../src/server/config.ts'
import type { DeviceReport } from '../../src/observability/journal/index.ts'
import { startServer } from '../../src/server/server.ts'
import { giveFirstStart, ownFirstStart } from './first-start.ts'
import { testDatabase, testPostgres } from './postgres/databases.ts'

export interface TestServer extends RunningServer, AsyncDisposable {
  /** Where devices reach it; absent: 127.0.0.1. */
  host?: string
  dataDir: string
  rootCa: string
  iot: IoTClient
  iam: IAMClient
  lambda: LambdaClient
  logs: CloudWatchLogsClient
  report: (subject: string) => Promise<DeviceReport>
}

/** A server in this process. */
export interface OwnServer extends TestServer {
  /** As SIGHUP does. */
  reload: () => Promise<void>
}

export function freshDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'muster-test-'))
}

/** Starts a server in this process. `flags` are options by their camelCase names, `limits` those of docs/limits.md. */
export async function startTestServer(
  flags: Record<string, string> = {},
  limits?: Record<string, number>,
): Promise<OwnServer> {
  const dataDir = flags['dataDir'] ?? freshDirectory()
  const limitsFile = join(dataDir, 'limits.json')
  if (limits) writeFileSync(limitsFile, JSON.stringify(limits))
  const given = {
    apiPort: '0',
    mqttPort: '0',
    httpsPort: '0',
    logLevel: 'silent',
    ...(limits && { limits: limitsFile }),
    ...(await databaseFlag(dataDir)),
    ...flags,
    dataDir,
  }
  giveFirstStart(dataDir, { isOnSqlite: !('database' in given) })
  const server = await startServer(parseConfig({ flags: given, environment: {} }))
  return {
    ...clientsOf(dataDir),
    reload: server.reload,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      if (flags['dataDir'] === undefined) rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** The same database for the same directory, when the tests run on PostgreSQL. */
async function databaseFlag(dataDir: string): Promise<{ database?: string }> {
  const postgres = testPostgres()
  return postgres === undefined ? {} : { database: await testDatabase(postgres, dataDir) }
}

function clientsOf(dataDir: string) {
  const running = findByDataDirectory(dataDir)
  const { endpoints, rootKey } = running
  const target = targetOf(running)
  const options = {
    endpoint: endpoints.apiUrl,
    region: endpoints.region,
    credentials: rootKey,
    maxAttempts: 1,
    ...(target.ca !== undefined && { requestHandler: { httpsAgent: new Agent({ ca: target.ca }) } }),
  }
  return {
    ...running,
    dataDir,
    rootCa: readFileSync(endpoints.rootCaFile, 'utf8'),
    iot: new IoTClient(options),
    iam: new IAMClient(options),
    lambda: new LambdaClient(options),
    logs: new CloudWatchLogsClient(options),
    report: async (subject: string) =>
      (await signedRequest(target, {
        service: 'muster',
        method: 'GET',
        path: `/muster/v1/explain?subject=${encodeURIComponent(subject)}`,
      })) as DeviceReport,
  }
}

export interface ServerProcess extends TestServer {
  process: ChildProcess
  /** What it wrote to standard output and standard error. */
  output: () => string
  /** As `kill -9`; resolves when the process is gone. */
  kill: () => Promise<void>
}

/**
 * Starts `muster start` as a process of its own; resolves when it says that it is ready. `within` is a command that goes on as the
 * one behind it, `program` the file that Node runs.
 */
export async function startServerProcess(
  flags: Record<string, string> = {},
  environment: Record<string, string> = {},
  within: readonly string[] = [],
  program = musterProgram,
): Promise<ServerProcess> {
  const dataDir = flags['data-dir'] ?? freshDirectory()
  const ports = { 'api-port': '0', 'mqtt-port': '0', 'https-port': '0' }
  const given = { ...ports, ...(await databaseFlag(dataDir)), ...flags, 'data-dir': dataDir }
  const isOnSqlite = !('database' in given || 'MUSTER_DATABASE' in environment)
  if (!(ownFirstStart in environment)) giveFirstStart(dataDir, { isOnSqlite })
  const args = Object.entries(given).flatMap(([name, value]) => [`--${name}`, value])
  const [node = '', ...words] = [...within, process.execPath, program, 'start', ...args]
  const child = spawn(node, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const exited = once(child, 'exit')
  const closed = once(child, 'close')
  while (!output.includes('Muster is ready')) {
    await Promise.race([once(child.stdout, 'data'), exited])
    if (child.exitCode === null) continue
    await closed // only then all that it said has been read
    throw new Error(`the server ended with ${child.exitCode}: ${output}`)
  }
  const stop = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    if (child.exitCode === null && child.signalCode === null) await exited
  }
  return {
    ...clientsOf(dataDir),
    ...(flags['host'] !== undefined && { host: flags['host'] }),
    process: child,
    output: () => output,
    kill: () => stop('SIGKILL'),
    [Symbol.asyncDispose]: async () => {
      await stop('SIGTERM')
      if (flags['data-dir'] === undefined && existsSync(dataDir))
        rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
