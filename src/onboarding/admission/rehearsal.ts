/** What would become of a device that connects, found out by the code that decides about one. Nothing of it is kept. */
import type { RegistrationConfig } from '@aws-sdk/client-iot'
import { describeDecision, suggestStatement } from '../../access/policies/index.ts'
import { iotArn } from '../../lib/arn.ts'
import { CertificateError, type ParsedCertificate } from '../../lib/x509.ts'
import type { JournalCode } from '../../observability/journal/index.ts'
import {
  DeviceLimitReached,
  findCertificate,
  type CaCertificate,
  type DeviceCertificate,
} from '../../pki/certificates/index.ts'
import { decideOnce } from '../../rights/iot-policies/index.ts'
import { tryOut, type Db } from '../../store/index.ts'
import {
  failureDetails,
  toProvisioningError,
  type Provisioned,
  type RunFacts,
} from '../provisioning/index.ts'
import { renew, type Renewal, type Renewed } from '../renewals/index.ts'
import { CertificateChanged, type FirstConnectionDeps, type NewDevice } from './first-connection.ts'
import type { EntryDetails } from './journal-entries.ts'
import { findIssuer, judgeKnown, judgeWithIssuer, type Judgement } from './judge.ts'
import { describeRenewal } from './renewal.ts'
import { findClosingReason, runTemplate } from './template-run.ts'

export interface RehearsalRequest {
  accountId: string
  leaf: ParsedCertificate
  sourceIp: string
  /** Absent: the name of its thing, as is usual, when the template makes one. */
  clientId?: string | undefined
  /** The CA that counts as its issuer, if any; absent: the one that signed it. */
  issuer?: { ca: CaCertificate | undefined }
  /** Provisions instead of what its CA says. */
  registrationConfig?: RegistrationConfig | undefined
  /** Then a provisioning role that may do everything is imagined. */
  isRoleUnknown?: boolean
}

export interface Rehearsal {
  action: 'accept' | 'close'
  /** What the journal would say in the end: `connected`, or why the connection was closed. */
  code: JournalCode
  details?: EntryDetails
  /** As which client it would connect. */
  clientId?: string
  known?: DeviceCertificate
  issuer?: CaCertificate
  namesake?: CaCertificate
  /** What the CA's allow-list says for its template. */
  parameters?: ReadonlyMap<string, string>
}

export type RehearsalDeps = Pick<
  FirstConnectionDeps,
  | 'store'
  | 'identities'
  | 'now'
  | 'region'
  | 'findCas'
  | 'parseTemplate'
  | 'revocationLists'
  | 'allowLists'
  | 'overlapMs'
>

const maxLooks = 3

export async function rehearse(deps: RehearsalDeps, request: RehearsalRequest): Promise<Rehearsal> {
  for (let look = 1; ; look++) {
    try {
      return await rehearseOnce(deps, request)
    } catch (error) {
      if (!(error instanceof CertificateChanged) || look === maxLooks) throw error
    }
  }
}

async function rehearseOnce(deps: RehearsalDeps, request: RehearsalRequest): Promise<Rehearsal> {
  const { accountId, leaf } = request
  const asked = { accountId, at: deps.now() }
  const known = await findCertificate(deps.store.read, accountId, leaf.certificateId)
  if (known && known.status !== 'PENDING_ACTIVATION') {
    const decision = judgeKnown(deps, asked, known, leaf)
    if (decision.action === 'refuse') return { action: 'close', code: decision.code, known }
    return { ...(await connect(deps, deps.store.read, { request, certificate: known })), known }
  }
  try {
    const judgement = await judge(deps, request, known)
    const { decision, revocation: _, ...about } = judgement
    return {
      ...(await carryOut(deps, { request, known, judgement })),
      ...about,
      ...(known && { known }),
      ...('parameters' in decision && { parameters: decision.parameters }),
    }
  } catch (error) {
    if (error instanceof DeviceLimitReached) return { action: 'close', code: 'device-limit' }
    if (!(error instanceof CertificateError)) throw error
    const details = { error: error.reason }
    return { action: 'close', code: 'certificate-malformed', details, ...(known && { known }) }
  }
}

/** @throws {CertificateError} for what is no proper certificate */
async function judge(
  deps: RehearsalDeps,
  { accountId, leaf, issuer, registrationConfig }: RehearsalRequest,
  known: DeviceCertificate | undefined,
): Promise<Judgement> {
  const asked = { accountId, at: deps.now() }
  const found = await findIssuer(deps, accountId, leaf)
  const ca = issuer ? issuer.ca : found.issuer
  const configured = ca && registrationConfig ? { ...ca, registrationConfig } : ca
  const { namesake } = found
  return {
    ...(configured ? { issuer: configured } : namesake && { namesake }),
    ...(await judgeWithIssuer(deps, asked, { leaf, known, issuer: configured })),
  }
}

interface Judged {
  request: RehearsalRequest
  known: DeviceCertificate | undefined
  judgement: Judgement
}

async function carryOut(deps: RehearsalDeps, { request, known, judgement }: Judged): Promise<Rehearsal> {
  const { decision } = judgement
  switch (decision.action) {
    case 'provision':
      return provision(deps, request, { known, ca: decision.ca, parameters: decision.parameters })
    case 'announce':
      return { action: 'close', code: 'registration-announced' }
    case 'accept':
      throw new Error('only a registered certificate is accepted as it is')
    case 'renew':
      return rehearseRenewal(deps, request, decision.renewal)
    case 'await-approval':
      return { action: 'close', code: 'approval-awaited' }
    case 'refuse':
      return { action: 'close', code: decision.code, ...(decision.details && { details: decision.details }) }
  }
}

async function provision(
  deps: RehearsalDeps,
  request: RehearsalRequest,
  { known, ca, parameters }: Pick<NewDevice, 'known' | 'ca' | 'parameters'>,
): Promise<Rehearsal> {
  const { accountId, leaf } = request
  const presentation = { accountId, certificateId: leaf.certificateId }
  const { registrationConfig: { templateName = 'templateBody', roleArn = '' } = {} } = ca
  const facts: RunFacts = { template: templateName, roleArn }
  let admitted: Rehearsal | undefined
  const transact = (work: (db: Db) => Promise<Provisioned>) =>
    tryOut(deps.store, async (db) => {
      const provisioned = await work(db)
      admitted = await admit(deps, db, { request, ca, provisioned })
      return provisioned
    })
  try {
    const identities = request.isRoleUnknown ? mayDoEverything : deps.identities
    const run = { ...deps, identities, read: deps.store.read, transact }
    await runTemplate(run, { presentation, leaf, known, ca, parameters }, facts)
  } catch (cause) {
    const error = toProvisioningError(cause, 'registrationConfig')
    if (!error) throw cause
    return { action: 'close', code: 'provisioning-failed', details: failureDetails(error, facts) }
  }
  if (!admitted) throw new Error('the template ran and nobody looked')
  return admitted
}

async function rehearseRenewal(
  deps: RehearsalDeps,
  request: RehearsalRequest,
  renewal: Renewal,
): Promise<Rehearsal> {
  let admitted: Rehearsal | undefined
  const transact = (work: (db: Db) => Promise<Renewed>) =>
    tryOut(deps.store, async (db) => {
      const renewed = await work(db)
      const [thingName] = renewed.things
      const code = findClosingReason(renewal.ca, renewed.certificate)
      const asked = {
        request: { clientId: thingName, ...defined(request) },
        certificate: renewed.certificate,
      }
      admitted = code ? { action: 'close', code } : await connect(deps, db, asked)
      return renewed
    })
  await renew({ ...deps, transact }, { leaf: request.leaf, ...renewal })
  if (!admitted) throw new CertificateChanged('the device, or its CA, was changed meanwhile')
  return { ...admitted, details: { ...describeRenewal(renewal), ...admitted.details } }
}

const mayDoEverything: RehearsalDeps['identities'] = {
  assumeServiceRole: async ({ accountId, roleArn }) => ({
    kind: 'assumed-role',
    accountId,
    arn: roleArn,
    userId: '',
  }),
  openAuthorize: async () => () => {},
}

/** While what the template made is there. */
async function admit(
  deps: RehearsalDeps,
  db: Db,
  { request, ca, provisioned }: { request: RehearsalRequest; ca: CaCertificate; provisioned: Provisioned },
): Promise<Rehearsal> {
  const { certificate, thing } = provisioned
  if (!certificate) throw new Error('the template settled no certificate')
  const code = findClosingReason(ca, certificate)
  if (code) return { action: 'close', code }
  return connect(deps, db, { request: { clientId: thing?.thingName, ...defined(request) }, certificate })
}

const defined = ({ clientId, sourceIp }: RehearsalRequest) => ({
  sourceIp,
  ...(clientId !== undefined && { clientId }),
})

interface Connecting {
  request: Pick<RehearsalRequest, 'clientId' | 'sourceIp'>
  certificate: DeviceCertificate
}

/** What the policies would say; nothing when nobody knows as which client. */
async function connect(
  { region, now }: Pick<RehearsalDeps, 'region' | 'now'>,
  db: Db,
  { request: { clientId, sourceIp }, certificate }: Connecting,
): Promise<Rehearsal> {
  if (clientId === undefined) return { action: 'accept', code: 'connected' }
  const resource = iotArn({ accountId: certificate.accountId, region }, `client/${clientId}`)
  const asked = { action: 'iot:Connect', resource }
  const decision = await decideOnce(db, { certificate, clientId, sourceIp, now, ...asked })
  if (decision.effect === 'allow') return { action: 'accept', code: 'connected', clientId }
  const details = {
    ...asked,
    decision: describeDecision(decision, asked),
    suggestion: suggestStatement(asked),
  }
  return { action: 'close', code: 'connect-denied', clientId, details }
}
