/** The certificate that the device ports show: of Muster's own root, or the operator's. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openIssued, openRoot } from './tls/issued-certificates.ts'

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

/**
 * Loads the server certificate, making the root and it on the first call and renewing it when it ends soon or
 * does not name the endpoint.
 * @throws {Error} when the operator's files cannot be read or do not belong together
 */
export async function openServerTls(options: ServerTlsOptions): Promise<LoadedServerTls> {
  const { directory, endpoint, now, operatorFiles } = options
  if (operatorFiles) return loadOperatorFiles(operatorFiles)
  const root = await openRoot(directory, now)
  const hosts = [...new Set([endpoint, 'localhost', '127.0.0.1', '::1'])] as [string, ...string[]]
  const server = await openIssued({ root, directory, name: 'server', hosts, now })
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
