/** What `/metrics` shows of certificates: when they end. */
import { counter, type Family, type Meters } from '../observability/metrics/index.ts'
import type { CaEnd } from '../pki/expiry/index.ts'

/** That the server shows. */
export interface EndingCertificate {
  port: 'devices' | 'api'
  /** A configured domain; empty for the endpoint itself. */
  domainName: string
  notAfter: Date
}

export interface CertificateEnds {
  server: readonly EndingCertificate[]
  /** Those that end first. */
  cas: readonly CaEnd[]
}

/** An account may configure many domains; more series than that tell nobody anything. */
const maxShown = 100

export function certificateFamilies({ server, cas }: CertificateEnds, { expiryNotices }: Meters): Family[] {
  const shown = server.toSorted((left, right) => left.notAfter.getTime() - right.notAfter.getTime())
  return [
    endings(
      'muster_server_certificate_expiry_timestamp_seconds',
      `When a certificate ends that the server shows, by port and configured domain; the first ${maxShown}.`,
      shown
        .slice(0, maxShown)
        .map(({ port, domainName: domain, notAfter }) => [{ port, domain }, notAfter] as const),
    ),
    endings(
      'muster_ca_certificate_expiry_timestamp_seconds',
      'When a registered CA that is ACTIVE ends; the first 100 of all accounts.',
      cas.map(({ accountId, certificateId, notAfter }) => [
        { account: accountId, ca: certificateId },
        notAfter,
      ]),
    ),
    counter(
      'muster_expiry_notices_total',
      'Certificates of devices and CAs of which it was told, some days before, that they end.',
      expiryNotices.samples(),
    ),
  ]
}

const endings = (
  name: string,
  help: string,
  all: readonly (readonly [Record<string, string>, Date])[],
): Family => ({
  name,
  help,
  type: 'gauge',
  samples: all.map(([labels, notAfter]) => ({ labels, value: notAfter.getTime() / 1000 })),
})
