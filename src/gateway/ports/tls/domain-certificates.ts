/**
 * The server certificates of customer managed domains. AWS takes them from AWS Certificate Manager; here the operator
 * puts them into files, and for a domain without files Muster issues one from its own root:
 *   <directory>/domains/<domain name>/cert.pem and key.pem
 *   <directory>/domains/_wildcard.<parent domain>/cert.pem and key.pem   for all domains one label below
 *   <directory>/issued/<domain name>.pem and .key                        Muster's own (by a hash for the longest names)
 */
import { createPrivateKey, hash, X509Certificate, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { IssuedCertificate } from './issue.ts'
import { openIssued, openRoot } from './issued-certificates.ts'
import type { ServerTls } from './server-context.ts'

interface LoadedDomainTls {
  /** Absent when the files cannot be used at all. */
  tls?: ServerTls
  /** Says for a person what is wrong with the files. */
  fault?: string
}

export interface DomainCertificates {
  load: (domainName: string) => Promise<LoadedDomainTls>
  /** What is wrong with the operator's files for the domain; nothing when they are good, or there are none. */
  fault: (domainName: string) => Promise<string | undefined>
  /** The files the operator may put there. */
  files: (domainName: string) => string[]
}

/** `domainName`s have been checked to be host names: nothing else may become part of a path. */
export function openDomainCertificates(directory: string, now: () => Date): DomainCertificates {
  const directoriesOf = (domainName: string) => [
    join(directory, 'domains', domainName),
    join(directory, 'domains', `_wildcard.${domainName.slice(domainName.indexOf('.') + 1)}`),
  ]

  async function loadOperatorFiles(domainName: string): Promise<LoadedDomainTls | undefined> {
    for (const place of directoriesOf(domainName)) {
      const loaded = await loadPlace(place, domainName, now())
      if (!loaded) continue
      const { fault } = loaded // callers of the API see it, and where the server keeps its files is not theirs to know
      return fault === undefined ? loaded : { ...loaded, fault: fault.replaceAll(`${directory}/`, '') }
    }
    return undefined
  }

  let opening: Promise<IssuedCertificate> | undefined
  /** Two at once would make two roots. */
  const openOneRoot = () => (opening ??= openRoot(directory, now()).finally(() => (opening = undefined)))

  return {
    async load(domainName) {
      const loaded = await loadOperatorFiles(domainName)
      if (loaded) return loaded
      const root = await openOneRoot()
      const place = { directory: join(directory, 'issued'), name: fileNameOf(domainName) }
      return { tls: await openIssued({ root, ...place, hosts: [domainName], now: now() }) }
    },
    fault: async (domainName) => (await loadOperatorFiles(domainName))?.fault,
    files: (domainName) =>
      directoriesOf(domainName).flatMap((place) => [join(place, 'cert.pem'), join(place, 'key.pem')]),
  }
}

const maxNameLength = 200

/** The longest names leave no room for an ending in the name of a file. */
const fileNameOf = (domainName: string): string =>
  domainName.length <= maxNameLength ? domainName : hash('sha256', domainName)

/** `undefined` when there are no files. */
async function loadPlace(place: string, domainName: string, now: Date): Promise<LoadedDomainTls | undefined> {
  try {
    const cert = await readIfThere(join(place, 'cert.pem'))
    const key = await readIfThere(join(place, 'key.pem'))
    if (cert === undefined && key === undefined) return undefined
    return judgeFiles(place, { cert, key }, { domainName, now })
  } catch (cause) {
    return { fault: `${place} cannot be read: ${(cause as NodeJS.ErrnoException).code ?? 'unknown error'}` }
  }
}

function judgeFiles(
  place: string,
  { cert, key }: Record<keyof ServerTls, string | undefined>,
  { domainName, now }: { domainName: string; now: Date },
): LoadedDomainTls {
  if (cert === undefined || key === undefined)
    return { fault: `${place} must hold both cert.pem and key.pem` }
  const certificate = parse(() => new X509Certificate(cert))
  if (!certificate) return { fault: `${join(place, 'cert.pem')} holds no certificate in PEM` }
  const privateKey = parse(() => createPrivateKey(key))
  if (!privateKey) return { fault: `${join(place, 'key.pem')} holds no private key in PEM` }
  if (!certificate.checkPrivateKey(privateKey))
    return { fault: `the private key in ${place} does not belong to the certificate` }
  const fault = describeFault(certificate, domainName, now)
  return { tls: { key, cert }, ...(fault !== undefined && { fault: `${fault} (${place})` }) }
}

/** Devices decide for themselves about these; the operator should know. */
function describeFault(certificate: X509Certificate, domainName: string, now: Date): string | undefined {
  if (certificate.checkHost(domainName) === undefined)
    return `the certificate does not name ${domainName}, only ${certificate.subjectAltName ?? 'nothing'}`
  if (certificate.validToDate <= now) return `the certificate expired on ${certificate.validTo}`
  if (certificate.validFromDate > now) return `the certificate is not valid before ${certificate.validFrom}`
  return undefined
}

function parse<Parsed extends X509Certificate | KeyObject>(read: () => Parsed): Parsed | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENAMETOOLONG') return undefined
    throw cause
  }
}
