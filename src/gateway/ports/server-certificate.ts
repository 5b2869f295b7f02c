/** The certificates that the ports show: of Muster's own roots, or the operator's. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { causeText } from '../../lib/cause-text.ts'
import {
  describePairFault,
  endOf,
  findKindTwice,
  type CertificatePair,
  type ServerTls,
} from './tls/certificate-pair.ts'
import { openIssued, openRoots } from './tls/issued-certificates.ts'
import { saveFile } from './tls/pem-files.ts'

/** Paths of PEM files. */
interface OperatorFiles {
  /** Keys and chains in the same order; one of each kind at most. */
  pairs: readonly CertificatePair[]
  /** What devices should trust; the certificates themselves when absent. */
  ca?: string
}

interface ServerTlsOptions {
  /** Keeps the roots and the server's certificates, and their keys with mode 0600. */
  directory: string
  /** The host name, or address, that devices are told. */
  endpoint: string
  now: Date
  operatorFiles?: OperatorFiles
}

export interface LoadedServerTls {
  certificates: ServerTls
  /** What devices need to trust this server, whichever certificate they are shown. */
  rootCaFile: string
  rootCaPem: string
  /** Open it again some time before: they are renewed a month early. */
  notAfter: Date
}

/**
 * Loads the server certificates, making the roots and them on the first call and renewing those that end soon or
 * do not name the endpoint.
 * @throws {Error} when the operator's files cannot be read or do not belong together
 */
export async function openServerTls(options: ServerTlsOptions): Promise<LoadedServerTls> {
  const { directory, endpoint, now, operatorFiles } = options
  if (operatorFiles) return loadOperatorFiles(operatorFiles, directory)
  const roots = await openRoots(directory, now)
  const hosts = [...new Set([endpoint, 'localhost', '127.0.0.1', '::1'])] as [string, ...string[]]
  const certificates = await openIssued({ roots, directory, name: 'server', hosts, now })
  return { certificates, rootCaFile: roots.file, rootCaPem: roots.trusted, notAfter: endOf(certificates) }
}

interface ApiTlsOptions {
  /** As of `openServerTls`. */
  directory: string
  /** The names and addresses that the port is reached by. */
  hosts: readonly [string, ...string[]]
  now: Date
  /** The operator's own. */
  operatorFiles?: CertificatePair
}

/** What the port of the AWS APIs shows. */
export interface LoadedApiTls {
  certificates: {
    /** Of Muster's own root, for who asks for this machine, or for no name. */
    own: ServerTls
    /** The operator's, for who asks for any other name. */
    named?: ServerTls
  }
  /** What to trust for `own`. */
  rootCaFile: string
  rootCaPem: string
  notAfter: Date
}

/** As `openServerTls`, for the port of the AWS APIs: this machine can always trust it, whatever the operator's files say. */
export async function openApiTls({
  directory,
  hosts,
  now,
  operatorFiles,
}: ApiTlsOptions): Promise<LoadedApiTls> {
  const roots = await openRoots(directory, now)
  const own = await openIssued({ roots, directory, name: 'api', hosts, now })
  const named = operatorFiles && [await loadOperatorPair(operatorFiles)]
  return {
    certificates: { own, ...(named && { named }) },
    rootCaFile: roots.file,
    rootCaPem: roots.trusted,
    notAfter: endOf([...own, ...(named ?? [])]),
  }
}

async function loadOperatorFiles({ pairs, ca }: OperatorFiles, directory: string): Promise<LoadedServerTls> {
  const certificates = await Array.fromAsync(pairs, loadOperatorPair) // in turn: of several faults the first is told
  const twice = findKindTwice(certificates)
  if (twice !== undefined)
    throw new Error(`two of the server certificates have keys of the kind ${twice}; give one of each kind`)
  const rootCaFile = ca ?? (await fileOfAll(pairs, certificates, directory))
  const rootCaPem = await read(rootCaFile, 'file with the roots')
  return { certificates, rootCaFile, rootCaPem, notAfter: endOf(certificates) }
}

async function loadOperatorPair(files: CertificatePair): Promise<CertificatePair> {
  const pair = {
    key: await read(files.key, 'key of a server certificate'),
    cert: await read(files.cert, 'server certificate'),
  }
  const fault = describePairFault(pair, files)
  if (fault !== undefined) throw new Error(fault)
  return pair
}

/** @throws {Error} for a person; `what` is what the file holds */
async function read(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new Error(`the ${what}, ${file}, cannot be read: ${causeText(cause)}`, { cause })
  }
}

/** One file for devices that trust the certificates themselves. */
async function fileOfAll(
  [first, ...others]: readonly CertificatePair[],
  certificates: ServerTls,
  directory: string,
): Promise<string> {
  if (first && others.length === 0) return first.cert
  const file = join(directory, 'operator-certificates.pem')
  await saveFile(file, certificates.map(({ cert }) => `${cert.trimEnd()}\n`).join(''), 0o644)
  return file
}
