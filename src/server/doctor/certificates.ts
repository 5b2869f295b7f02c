/** Whether the certificates that the operator named can be shown to devices and to callers. */
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { describePairFault } from '../../gateway/ports/index.ts'
import { causeText } from '../../lib/cause-text.ts'
import { apiHosts } from '../api-urls.ts'
import type { Config } from '../config.ts'
import { fault, fine, warning, type Finding } from './finding.ts'

interface NamedPair {
  /** Paths of PEM files. */
  key: string
  cert: string
  /** By which whoever is shown it reached this server. */
  host: string
}

/** One finding a pair of files; none where Muster makes its own certificates, and renews them. */
export async function checkCertificates(config: Config, now: Date): Promise<Finding[]> {
  const { tlsKey = [], tlsCert = [], apiTlsKey, apiTlsCert, endpoint } = config
  const pairs: NamedPair[] = tlsKey.map((key, at) => ({ key, cert: tlsCert[at] ?? '', host: endpoint }))
  if (apiTlsKey !== undefined && apiTlsCert !== undefined)
    pairs.push({ key: apiTlsKey, cert: apiTlsCert, host: apiHosts(config)[0] })
  return Promise.all(pairs.map((pair) => checkPair(pair, now)))
}

async function checkPair({ key, cert, host }: NamedPair, now: Date): Promise<Finding> {
  const subject = `certificate ${cert}`
  try {
    const pair = { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') }
    const reason = describePairFault(pair, { key, cert })
    if (reason !== undefined) return fault(subject, reason, 'Name the key that belongs to the certificate.')
    return judgeCertificate(subject, { certificate: new X509Certificate(pair.cert), host, now })
  } catch (cause) {
    return fault(subject, causeText(cause), 'Name PEM files that the user of the server may read.')
  }
}

interface Shown {
  certificate: X509Certificate
  host: string
  now: Date
}

const month = 30 * 86_400_000

export function judgeCertificate(subject: string, { certificate, host, now }: Shown): Finding {
  const { validFromDate, validToDate } = certificate
  const ends = `valid until ${validToDate.toISOString()}`
  const renew = 'Replace the files: the running server takes them in by itself.'
  if (now > validToDate) return fault(subject, `it has ended: ${ends}`, renew)
  if (now < validFromDate)
    return fault(
      subject,
      `valid only from ${validFromDate.toISOString()}`,
      'Check the clock, or replace the files.',
    )
  const isNamed = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)
  if (isNamed === undefined)
    return fault(
      subject,
      `it does not name ${host}, by which this server is reached: ${certificate.subjectAltName ?? 'it has no names'}`,
      'Have one made with that name, or change --endpoint.',
    )
  if (validToDate.getTime() - now.getTime() < month) return warning(subject, ends, renew)
  return fine(subject, ends)
}
