/** Looks at a machine, and at the options of a server, before or while one runs there. Changes nothing. */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { readVersion } from '../../lib/version.ts'
import type { Config } from '../config.ts'
import { endpointsFile, type Endpoints } from '../server-files.ts'
import { checkBackups } from './backups.ts'
import { checkCopies } from './copies.ts'
import { checkCertificates } from './certificates.ts'
import { checkDirectory, checkDisk } from './data-directory.ts'
import { checkDatabaseUse } from './database.ts'
import { fine, type Finding } from './finding.ts'
import { checkFunctions } from './functions.ts'
import { checkMachine } from './machine.ts'
import { checkPorts } from './ports.ts'

/** All findings, in the order in which a start would come to them. Never rejects for what it finds. */
export async function examine(config: Config): Promise<Finding[]> {
  const dataDir = resolve(config.dataDir)
  const now = new Date()
  const running = findRunning(dataDir)
  const directory = checkDirectory(dataDir)
  return [
    fine('version', `Muster ${readVersion()}, Node ${process.versions.node}`),
    describeRunning(dataDir, running),
    directory,
    ...(directory.state === 'fault' ? [] : await checkDisk(dataDir)),
    await checkDatabaseUse(config, dataDir),
    ...(await checkPorts(config, running)),
    ...(await checkCertificates(config, now)),
    ...checkMachine(dataDir),
    ...(await checkFunctions()),
    await checkBackups(config, now),
    ...(directory.state === 'fault' ? [] : await checkCopies(config, dataDir)),
  ]
}

const describeRunning = (dataDir: string, running: Endpoints | undefined): Finding =>
  fine('server', running ? `process ${running.pid} runs on ${dataDir}` : 'none runs on this data directory')

/** What a server wrote that still lives; a killed one leaves its file. */
function findRunning(dataDir: string): Endpoints | undefined {
  const file = endpointsFile(dataDir)
  if (!existsSync(file)) return undefined
  const endpoints = JSON.parse(readFileSync(file, 'utf8')) as Endpoints
  return lives(endpoints.pid) ? endpoints : undefined
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // another user's
  }
}
