/**
 * Muster's own roots and the server certificates below them, in files, made when they are first asked for: an ECDSA chain
 * as <name>.pem and .key, and an RSA chain, for clients that know nothing else, as <name>_rsa.pem and .key.
 */
import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { join } from 'node:path'
import type { CertificatePair, ServerTls } from './certificate-pair.ts'
import { issueRoot, issueServer, type KeyKind } from './issue.ts'
import { loadPair, saveFile, savePair } from './pem-files.ts'

const renewBeforeMs = 30 * 86_400_000
const rootName = 'root-ca'

/** Cannot be part of a host name, so that no domain has the files of another one's RSA chain. */
const fileOf = (name: string, kind: KeyKind) => (kind === 'rsa' ? `${name}_rsa` : name)

export interface Roots {
  /** Each signs certificates with keys of its own kind: who can verify the one can verify the other. */
  ec: CertificatePair
  rsa: CertificatePair
  /** The file of both certificates, for devices; the ECDSA root stands first. */
  file: string
  /** What is in it. */
  trusted: string
}

export async function openRoots(directory: string, now: Date): Promise<Roots> {
  const [ec, rsa] = await Promise.all([openRoot('ec', directory, now), openRoot('rsa', directory, now)])
  const file = join(directory, `${rootName}.pem`)
  const trusted = ec.cert.includes(rsa.cert) ? ec.cert : `${ec.cert.trimEnd()}\n${rsa.cert}`
  if (trusted !== ec.cert) await saveFile(file, trusted, 0o644) // a new directory, or one from before there was an RSA root
  return { ec, rsa, file, trusted }
}

async function openRoot(kind: KeyKind, directory: string, now: Date): Promise<CertificatePair> {
  const name = fileOf(rootName, kind)
  return (await loadPair(directory, name)) ?? savePair(directory, name, await issueRoot(kind, now))
}

interface IssuedRequest {
  roots: Pick<Roots, 'ec' | 'rsa'>
  directory: string
  /** Of the files, without their endings. */
  name: string
  /** The names and addresses it must hold. */
  hosts: readonly [string, ...string[]]
  now: Date
}

/** The ones in the files, or new ones where those end soon, are of another root, or do not name the host. */
export function openIssued(request: IssuedRequest): Promise<ServerTls> {
  return Promise.all([openOne('ec', request), openOne('rsa', request)])
}

async function openOne(kind: KeyKind, request: IssuedRequest): Promise<CertificatePair> {
  const { roots, directory, hosts, now } = request
  const name = fileOf(request.name, kind)
  const root = roots[kind]
  const kept = await loadPair(directory, name)
  if (kept && isUsable(kept, { root, hosts, now })) return kept
  return savePair(directory, name, await issueServer({ kind, root, hosts, now }))
}

function isUsable(
  { cert }: CertificatePair,
  { root, hosts, now }: Pick<IssuedRequest, 'hosts' | 'now'> & { root: CertificatePair },
): boolean {
  const certificate = new X509Certificate(cert)
  const namesAll = hosts.every((host) =>
    isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host),
  )
  const isOfRoot = certificate.verify(new X509Certificate(root.cert).publicKey)
  const endsLate = certificate.validToDate.getTime() - now.getTime() > renewBeforeMs
  return namesAll && isOfRoot && endsLate
}
