/** How commands find a running server: by its data directory, else by the variables that `muster env` prints. */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { findGiven, type ConfigSource } from '../server/config.ts'
import { endpointsFile, rootKeyFile, type Endpoints, type RootKey } from '../server/server-files.ts'
import { CommandError } from './command.ts'

export interface RunningServer {
  endpoints: Endpoints
  rootKey: RootKey
}

/** Reads what the server wrote when it was ready. */
export function findByDataDirectory(dataDir: string): RunningServer {
  const directory = resolve(dataDir)
  if (!existsSync(endpointsFile(directory))) {
    throw new CommandError(
      `no server has been started on the data directory ${directory}; run \`npx muster start\` first, or give --data-dir`,
    )
  }
  return {
    endpoints: JSON.parse(readFileSync(endpointsFile(directory), 'utf8')) as Endpoints,
    rootKey: JSON.parse(readFileSync(rootKeyFile(directory), 'utf8')) as RootKey,
  }
}

function readBundle(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new CommandError(`AWS_CA_BUNDLE: ${file} cannot be read: ${(cause as Error).message}`)
  }
}

/** Where to send a signed request, and whose key signs it. */
export interface SigningTarget extends RootKey {
  apiUrl: string
  region: string
  sessionToken?: string
  /** PEM of the roots to trust for `apiUrl`; absent: those of the machine. */
  ca?: string
  /** Where a browser finds the console, if not at `apiUrl`. */
  browserUrl?: string
}

/** As the account's root, at a server on this machine. */
export function targetOf({ endpoints, rootKey }: RunningServer): SigningTarget {
  const { apiUrl, publicApiUrl: browserUrl, apiCaFile, region } = endpoints
  const target = { apiUrl, region, ...rootKey }
  if (apiCaFile === undefined) return target // over plain HTTP the console is for this machine alone
  return { ...target, browserUrl, ca: readFileSync(apiCaFile, 'utf8') }
}

/** A data directory that was named goes first, then the environment of `muster env`, then the default data directory. */
export function findSigningTarget(source: ConfigSource): SigningTarget {
  const { environment } = source
  const {
    AWS_ENDPOINT_URL: apiUrl,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  } = environment
  const dataDir = findGiven(source, 'dataDir')?.value
  if (dataDir === undefined && apiUrl && accessKeyId && secretAccessKey) {
    const region = environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'] ?? 'us-east-1'
    const sessionToken = environment['AWS_SESSION_TOKEN']
    const bundle = environment['AWS_CA_BUNDLE']
    return {
      apiUrl,
      accessKeyId,
      secretAccessKey,
      region,
      ...(sessionToken !== undefined && { sessionToken }),
      ...(bundle && { ca: readBundle(bundle) }),
    }
  }
  return targetOf(findByDataDirectory(dataDir ?? './data'))
}
