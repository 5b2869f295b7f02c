/** Muster's own root and the server certificates below it, in files, made when they are first asked for. */
import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { issueRoot, issueServer, type IssuedCertificate } from './issue.ts'
import { loadPair, savePair } from './pem-files.ts'

const renewBeforeMs = 30 * 86_400_000

export async function openRoot(directory: string, now: Date): Promise<IssuedCertificate> {
  return (await loadPair(directory, 'root-ca')) ?? savePair(directory, 'root-ca', await issueRoot(now))
}

interface IssuedRequest {
  root: IssuedCertificate
  directory: string
  /** Of the files, without their endings. */
  name: string
  /** The names and addresses it must hold; the first one decides whether an old one still does. */
  hosts: readonly [string, ...string[]]
  now: Date
}

/** The one in the files, or a new one when that ends soon, is of another root, or does not name the host. */
export async function openIssued(request: IssuedRequest): Promise<IssuedCertificate> {
  const { root, directory, name, hosts, now } = request
  const kept = await loadPair(directory, name)
  if (kept && isUsable(kept, request)) return kept
  return savePair(directory, name, await issueServer(root, hosts, now))
}

function isUsable({ cert }: IssuedCertificate, { root, hosts: [host], now }: IssuedRequest): boolean {
  const certificate = new X509Certificate(cert)
  const names = isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)
  const isOfRoot = certificate.verify(new X509Certificate(root.cert).publicKey)
  const endsLate = certificate.validToDate.getTime() - now.getTime() > renewBeforeMs
  return names !== undefined && isOfRoot && endsLate
}
