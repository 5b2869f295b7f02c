/** Muster's own API: all that is known about one device (`muster explain`). */
import { findOwnOrOffered, type DeviceCertificate } from '../pki/certificates/index.ts'
import { iotError } from '../api/aws/errors.ts'
import type { OwnRoute } from '../api/http/index.ts'
import { attachedPolicyNames } from '../rights/iot-policies/index.ts'
import type {
  CertificateReport,
  DeviceReport,
  Journal,
  SessionReport,
} from '../observability/journal/index.ts'
import { formatArn } from '../lib/arn.ts'
import { isCertificateId } from '../lib/x509.ts'
import type { Store } from '../store/index.ts'
import { listPrincipalThings, listThingPrincipals } from '../registry/things/index.ts'

export interface DeviceReportDeps {
  store: Store
  journal: Journal
  sessions: { describe: (accountId: string, clientIds: readonly string[]) => Promise<SessionReport[]> }
  accountId: string
  region: string
}

const maxReportEntries = 200
const maxReportCertificates = 20
const maxReportSessions = 20

/** `GET /muster/v1/explain?subject=`. */
export function deviceReportRoute({ accountId, region, ...deps }: DeviceReportDeps): OwnRoute {
  return {
    method: 'GET',
    path: '/muster/v1/explain',
    action: 'muster:ExplainDevice',
    resource: formatArn({ service: 'muster', region, accountId, resource: 'journal' }),
    handle: async (query, context) => {
      const subject = query.get('subject')
      if (!subject)
        throw iotError(
          'InvalidRequestException',
          'the query parameter "subject" is missing: a certificate id, client id, or thing name',
        )
      return reportDevice(deps, context.accountId, subject)
    },
  }
}

type ReportDeps = Omit<DeviceReportDeps, 'accountId' | 'region'>

async function reportDevice(deps: ReportDeps, accountId: string, subject: string): Promise<DeviceReport> {
  const entries = await deps.journal.list({ accountId, subject, limit: maxReportEntries })
  const ids = new Set(entries.flatMap(({ certificateId }) => certificateId ?? []))
  if (isCertificateId(subject)) ids.add(subject)
  const page = { after: undefined, limit: maxReportCertificates }
  for (const { principal } of await listThingPrincipals(deps.store.read, accountId, subject, { page })) {
    const id = principal.split(':cert/')[1]
    if (id !== undefined) ids.add(id)
  }
  const certificates: CertificateReport[] = []
  for (const id of [...ids].slice(-maxReportCertificates)) {
    const certificate = await findOwnOrOffered(deps.store.read, accountId, id)
    if (certificate) certificates.push(await reportCertificate(deps.store, accountId, certificate))
  }
  const clientIds = new Set([subject, ...entries.flatMap(({ clientId }) => clientId ?? [])])
  return {
    subject,
    certificates,
    sessions: await deps.sessions.describe(accountId, [...clientIds].slice(0, maxReportSessions)),
    entries: entries.map((entry) => ({ ...entry, at: entry.at.toISOString() })),
  }
}

async function reportCertificate(
  store: Store,
  viewerId: string,
  certificate: DeviceCertificate,
): Promise<CertificateReport> {
  const { accountId, certificateId, certificateArn, status, caCertificateId, notBefore, notAfter } =
    certificate
  const pendingReason = certificate.pendingReason ?? describeTransfer(certificate, viewerId)
  const things = await listPrincipalThings(store.read, accountId, certificateArn)
  return {
    certificateId,
    status,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    ...(pendingReason !== undefined && { pendingReason }),
    ...(caCertificateId !== undefined && { caCertificateId }),
    things: things.map(({ thingName }) => thingName),
    policies: await attachedPolicyNames(store.read, accountId, certificateArn),
  }
}

/** While it is PENDING_TRANSFER: nothing is attached to it. */
function describeTransfer(
  { accountId, transferredTo }: DeviceCertificate,
  viewerId: string,
): string | undefined {
  if (transferredTo === undefined) return undefined
  return accountId === viewerId
    ? `waits for account ${transferredTo} to accept or reject it`
    : `account ${accountId} gives it to this one, which is to accept or reject it`
}
