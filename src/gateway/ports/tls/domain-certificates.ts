/**
 * The server certificates of customer managed domains. AWS takes them from AWS Certificate Manager; here the operator
 * puts them into files, and for a domain without files Muster issues them from its own roots:
 *   <directory>/domains/<domain name>/cert.pem and key.pem               and cert-2.pem, key-2.pem of another kind of key
 *   <directory>/domains/_wildcard.<parent domain>/cert.pem ...           for all domains one label below
 *   <directory>/issued/<domain name>.pem, .key, _rsa.pem, _rsa.key       Muster's own (by a hash for the longest names)
 */
import { hash, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describePairFault, findKindTwice, type CertificatePair, type ServerTls } from './certificate-pair.ts'
import { openIssued, openRoots, type Roots } from './issued-certificates.ts'

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

  let opening: Promise<Roots> | undefined
  /** Two at once would make the roots twice. */
  const openRootsOnce = () => (opening ??= openRoots(directory, now()).finally(() => (opening = undefined)))

  return {
    async load(domainName) {
      const loaded = await loadOperatorFiles(domainName)
      if (loaded) return loaded
      const roots = await openRootsOnce()
      const place = { directory: join(directory, 'issued'), name: fileNameOf(domainName) }
      return { tls: await openIssued({ roots, ...place, hosts: [domainName], now: now() }) }
    },
    fault: async (domainName) => (await loadOperatorFiles(domainName))?.fault,
    files: (domainName) =>
      directoriesOf(domainName).flatMap((place) =>
        pairsOfFiles(place).flatMap(({ cert, key }) => [cert, key]),
      ),
  }
}

const maxNameLength = 200

/** The longest names leave no room for an ending in the name of a file. */
const fileNameOf = (domainName: string): string =>
  domainName.length <= maxNameLength ? domainName : hash('sha256', domainName)

const pairsOfFiles = (place: string): CertificatePair[] =>
  ['', '-2'].map((which) => ({
    cert: join(place, `cert${which}.pem`),
    key: join(place, `key${which}.pem`),
  }))

/** `undefined` when there are no files. */
async function loadPlace(place: string, domainName: string, now: Date): Promise<LoadedDomainTls | undefined> {
  try {
    const pairs: CertificatePair[] = []
    for (const files of pairsOfFiles(place)) {
      const cert = await readIfThere(files.cert)
      const key = await readIfThere(files.key)
      if (cert === undefined && key === undefined) continue
      if (cert === undefined || key === undefined)
        return { fault: `${files.cert} and ${files.key} must both be there` }
      const fault = describePairFault({ cert, key }, files)
      if (fault !== undefined) return { fault }
      pairs.push({ cert, key })
    }
    return pairs.length > 0 ? judgePairs(place, pairs, { domainName, now }) : undefined
  } catch (cause) {
    return { fault: `${place} cannot be read: ${(cause as NodeJS.ErrnoException).code ?? 'unknown error'}` }
  }
}

function judgePairs(
  place: string,
  pairs: ServerTls,
  { domainName, now }: { domainName: string; now: Date },
): LoadedDomainTls {
  const twice = findKindTwice(pairs)
  if (twice !== undefined)
    return {
      fault: `both certificates in ${place} have keys of the kind ${twice}; one of each kind is shown`,
    }
  const certificates = pairs.map(({ cert }) => new X509Certificate(cert))
  const fault = certificates
    .map((certificate) => describeFault(certificate, domainName, now))
    .find((found) => found !== undefined)
  return { tls: pairs, ...(fault !== undefined && { fault: `${fault} (${place})` }) }
}

/** Devices decide for themselves about these; the operator should know. */
function describeFault(certificate: X509Certificate, domainName: string, now: Date): string | undefined {
  if (certificate.checkHost(domainName) === undefined)
    return `the certificate does not name ${domainName}, only ${certificate.subjectAltName ?? 'nothing'}`
  if (certificate.validToDate <= now) return `the certificate expired on ${certificate.validTo}`
  if (certificate.validFromDate > now) return `the certificate is not valid before ${certificate.validFrom}`
  return undefined
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
