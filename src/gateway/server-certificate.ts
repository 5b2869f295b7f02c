/** The certificate that the device ports show: of Muster's own root, or the operator's. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { issueRoot, issueServer, type IssuedCertificate } from './tls/issue.ts'

/** Paths of PEM files. */
interface OperatorFiles {
  key: string
  /** The chain, the server's certificate first. */
  cert: string
  /** What devices should trust; the certificate itself when absent. */
  ca?: string
}

interface ServerTlsOptions {
  /** Keeps `root-ca.pem`, `root-ca.key`, `server.pem`, and `server.key`; the keys with mode 0600. */
  directory: string
  /** The host name, or address, that devices are told. */
  endpoint: string
  now: Date
  operatorFiles?: OperatorFiles
}

export interface LoadedServerTls {
  key: string
  cert: string
  /** What devices need to trust this server. */
  rootCaFile: string
  rootCaPem: string
  /** Open it again some time before: it is renewed a month early. */
  notAfter: Date
}

const renewBeforeMs = 30 * 86_400_000

/**
 * Loads the server certificate, making the root and it on the first call and renewing it when it ends soon or
 * does not name the endpoint.
 * @throws {Error} when the operator's files cannot be read or do not belong together
 */
export async function openServerTls(options: ServerTlsOptions): Promise<LoadedServerTls> {
  const { directory, operatorFiles } = options
  if (operatorFiles) return loadOperatorFiles(operatorFiles)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const root =
    (await load(directory, 'root-ca')) ?? (await save(directory, 'root-ca', await issueRoot(options.now)))
  const server = (await loadServer(root, options)) ?? (await renewServer(root, options))
  return {
    ...server,
    rootCaFile: join(directory, 'root-ca.pem'),
    rootCaPem: root.cert,
    notAfter: new X509Certificate(server.cert).validToDate,
  }
}

async function loadOperatorFiles({ key, cert, ca = cert }: OperatorFiles): Promise<LoadedServerTls> {
  const keyPem = await readFile(key, 'utf8')
  const certPem = await readFile(cert, 'utf8')
  const rootCaPem = await readFile(ca, 'utf8')
  const certificate = new X509Certificate(certPem)
  if (!certificate.checkPrivateKey(createPrivateKey(keyPem))) {
    throw new Error(`the private key in ${key} does not belong to the certificate in ${cert}`)
  }
  return { key: keyPem, cert: certPem, rootCaFile: ca, rootCaPem, notAfter: certificate.validToDate }
}

async function loadServer(
  root: IssuedCertificate,
  { directory, endpoint, now }: ServerTlsOptions,
): Promise<IssuedCertificate | undefined> {
  const server = await load(directory, 'server')
  if (!server) return undefined
  const certificate = new X509Certificate(server.cert)
  const names = isIP(endpoint) ? certificate.checkIP(endpoint) : certificate.checkHost(endpoint)
  const isOfRoot = certificate.verify(new X509Certificate(root.cert).publicKey)
  const endsLate = certificate.validToDate.getTime() - now.getTime() > renewBeforeMs
  return names !== undefined && isOfRoot && endsLate ? server : undefined
}

async function renewServer(root: IssuedCertificate, { directory, endpoint, now }: ServerTlsOptions) {
  const hosts = new Set([endpoint, 'localhost', '127.0.0.1', '::1'])
  return save(directory, 'server', await issueServer(root, [...hosts], now))
}

/** `undefined` when there is none, or when a crash left key and certificate of different makings. */
async function load(directory: string, name: string): Promise<IssuedCertificate | undefined> {
  try {
    const key = await readFile(join(directory, `${name}.key`), 'utf8')
    const cert = await readFile(join(directory, `${name}.pem`), 'utf8')
    const belongTogether = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
    return belongTogether ? { key, cert } : undefined
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(`${name}.key and ${name}.pem in ${directory} cannot be used`, { cause })
  }
}

async function save(directory: string, name: string, issued: IssuedCertificate): Promise<IssuedCertificate> {
  await replaceFile(join(directory, `${name}.key`), issued.key, 0o600)
  await replaceFile(join(directory, `${name}.pem`), issued.cert, 0o644)
  return issued
}

/** A reader sees the old file or the new one, never half of it. */
async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  await writeFile(`${path}.new`, text, { mode, flush: true })
  await rename(`${path}.new`, path)
}
