/** One carrying out of a CA's template for a device: planned, asked for under the provisioning role, done. */
import { untraced } from '../../lib/trace.ts'
import { AwsError } from '../../api/aws/errors.ts'
import {
  activateCertificate,
  findCertificate,
  registerCertificate,
  type CaCertificate,
  type DeviceCertificate,
} from '../../pki/certificates/index.ts'
import { iotArn } from '../../lib/arn.ts'
import type { JournalCode } from '../../observability/journal/index.ts'
import type { Db } from '../../store/index.ts'
import {
  certificateParameters,
  planProvisioning,
  type CertificatePlan,
  type ProvisioningPlan,
} from '../templates/index.ts'
import { CertificateChanged, type FirstConnectionDeps, type NewDevice } from './first-connection.ts'
import type { Presentation } from './journal-entries.ts'
import { carryOut, checkCertificate, type Provisioned, type RunFacts } from '../provisioning/index.ts'
import { findTemplateSource, openProvisioningRole } from '../provisioning-templates/index.ts'

export interface TemplateRunDeps extends Pick<
  FirstConnectionDeps,
  'identities' | 'region' | 'now' | 'parseTemplate' | 'trace'
> {
  read: Db
  /** Does the work in a transaction: that is kept, or that is only tried. `apart` as of `Store.transact`. */
  transact: (work: (db: Db) => Promise<Provisioned>, apart: readonly string[]) => Promise<Provisioned>
}

/** Whom it runs for. */
type RunDevice = Omit<NewDevice, 'presentation'> & {
  presentation: Pick<Presentation, 'accountId' | 'certificateId'>
}

export interface Outcome {
  provisioned: Provisioned
  plan: ProvisioningPlan
}

/**
 * Notes in `facts` the role once it is known.
 * @throws what `toProvisioningError` tells from faults of ours; {@link CertificateChanged}, {@link DeviceLimitReached}
 */
export async function runTemplate(
  deps: TemplateRunDeps,
  device: RunDevice,
  facts: RunFacts,
): Promise<Outcome> {
  const { identities, region, now } = deps
  const { ca, leaf, presentation } = device
  const { accountId, certificateId } = presentation
  const source = await findTemplateSource(deps.read, accountId, ca.registrationConfig ?? {})
  facts.roleArn = source.roleArn
  const values = new Map([...(device.parameters ?? []), ...certificateParameters(leaf)])
  const plan = planProvisioning(deps.parseTemplate(source.templateBody, 'JITP'), values)
  checkCertificate(plan.certificate, certificateId)
  const authorize = await openProvisioningRole(identities, {
    accountId,
    roleArn: source.roleArn,
    sourceArn: ca.certificateArn,
  })
  const scope = { accountId, region }
  const run = {
    ...scope,
    plan,
    certificateArn: iotArn(scope, `cert/${certificateId}`),
    now: now(),
    settleCertificate: (db: Db, { status }: CertificatePlan) =>
      settleCertificate(db, device, { status, region }, now()),
  }
  const attributes = {
    'muster.template_name': ca.registrationConfig?.templateName,
    'muster.ca_certificate_id': ca.certificateId,
  }
  const { trace = untraced } = deps
  const provisioned = await trace({ name: 'provision', attributes }, () =>
    carryOut({ transact: deps.transact, authorize }, run),
  )
  return { provisioned, plan }
}

/** One insert for a new device; nobody sees a state in between, as all happens in one transaction. */
async function settleCertificate(
  db: Db,
  { presentation, leaf, known, ca }: RunDevice,
  { status, region }: { status: 'ACTIVE' | 'INACTIVE'; region: string },
  now: Date,
): Promise<DeviceCertificate> {
  const { accountId, certificateId } = presentation
  if (!known) {
    try {
      return await registerCertificate(db, {
        accountId,
        region,
        certificate: leaf,
        ca,
        status,
        isLimited: true,
        now,
      })
    } catch (error) {
      const exists = error instanceof AwsError && error.code === 'ResourceAlreadyExistsException'
      throw exists
        ? new CertificateChanged('the certificate was registered meanwhile', { cause: error })
        : error
    }
  }
  const current = await findCertificate(db, accountId, certificateId)
  if (current?.status !== 'PENDING_ACTIVATION')
    throw new CertificateChanged('the certificate was changed meanwhile')
  return activateCertificate(db, { accountId, certificateId, status, now })
}

/** Why a device whose template has run is not let in all the same; `undefined`: it is. */
export function findClosingReason(
  ca: Pick<CaCertificate, 'options'>,
  certificate: Pick<DeviceCertificate, 'status'>,
): JournalCode | undefined {
  if (certificate.status !== 'ACTIVE') return 'certificate-inactive'
  return ca.options.firstConnection === 'close' ? 'first-connection-closed' : undefined
}
