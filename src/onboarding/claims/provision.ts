/** Makes a thing of a device that was given a certificate. Source: AWS IoT Developer Guide, "Device provisioning MQTT API". */
import type { Change, Fabric } from '../../fabric/in-process/index.ts'
import type { Identities } from '../../access/identities/index.ts'
import { iotArn } from '../../lib/arn.ts'
import type { JsonObject } from '../../lib/lenient-json.ts'
import {
  activateCertificate,
  findCertificate,
  setPendingReason,
  type DeviceCertificate,
} from '../../pki/certificates/index.ts'
import type { RecordEntry } from '../../observability/journal/index.ts'
import type { Db, Store } from '../../store/index.ts'
import {
  carryOut,
  checkCertificate,
  failureDetails,
  pendingReason,
  successDetails,
  toProvisioningError,
  type Provisioned,
  type RunFacts,
} from '../provisioning/index.ts'
import {
  findProvisioningTemplate,
  getTemplateVersion,
  openProvisioningRole,
  templateArn,
  type ProvisioningTemplate,
} from '../provisioning-templates/index.ts'
import {
  certificateIdParameter,
  planProvisioning,
  type ParameterValues,
  type ParseTemplate,
  type ProvisioningPlan,
} from '../templates/index.ts'
import { useClaim } from './claim-bounds.ts'
import { refusals } from './claim-refusal.ts'
import { isTemplateName } from './claim-topics.ts'
import { askHooks, type HookDeps } from './hook.ts'
import { entryOf, type Requester } from './requester.ts'
import { readParameters, readToken } from './request-document.ts'
import { toDeviceRefusal } from './step-refusal.ts'
import { findOwnership, hashOf, useOwnership, type Ownership } from './store.ts'

export interface ProvisionDeps extends HookDeps {
  store: Store
  fabric: Pick<Fabric, 'announce'>
  identities: Pick<Identities, 'assumeServiceRole' | 'openAuthorize'>
  record: RecordEntry
  parseTemplate: ParseTemplate
  now: () => Date
  region: string
}

/** What the device gets. Its members are AWS's. */
export interface ProvisionedDocument {
  deviceConfiguration: Record<string, string>
  thingName?: string
}

interface Device {
  requester: Requester
  template: ProvisioningTemplate
  ownership: Ownership
  certificate: DeviceCertificate
}

/**
 * All of the template or nothing of it; resolves once it is durable and recorded. When it fails, the token may be used
 * again within its hour.
 * @throws {ClaimRefusal}
 */
export async function provision(
  deps: ProvisionDeps,
  requester: Requester,
  { templateName, document }: { templateName: string; document: JsonObject },
): Promise<ProvisionedDocument> {
  const { accountId } = requester
  const token = readToken(document)
  const given = readParameters(document)
  const template = await getFleetTemplate(deps.store.read, accountId, templateName)
  const ownership = await getOwnership(deps, accountId, token)
  const certificate = await getPending(deps.store.read, ownership)
  const device = { requester, template, ownership, certificate }
  const facts: RunFacts = { template: templateName, roleArn: template.provisioningRoleArn }
  const parameters = await askForParameters(deps, device, given)
  try {
    const { provisioned, plan } = await runTemplate(deps, device, parameters)
    return await conclude(deps, device, { provisioned, plan, facts })
  } catch (cause) {
    const error = toProvisioningError(cause, 'provisioningRoleArn')
    if (!error) throw cause
    await noteReason(deps, certificate, pendingReason(error))
    throw toDeviceRefusal(error, failureDetails(error, facts), certificate.certificateId)
  }
}

async function getFleetTemplate(
  db: Db,
  accountId: string,
  templateName: string,
): Promise<ProvisioningTemplate> {
  const template = isTemplateName(templateName)
    ? await findProvisioningTemplate(db, accountId, templateName)
    : undefined
  if (!template) throw refusals.noTemplate(templateName.slice(0, 64))
  if (template.type !== 'FLEET_PROVISIONING')
    throw refusals.unfitTemplate(templateName, 'the provisioning template is not of type FLEET_PROVISIONING')
  if (template.enabled !== true)
    throw refusals.unfitTemplate(templateName, 'the provisioning template is not enabled')
  return template
}

async function getOwnership(
  { store, now }: ProvisionDeps,
  accountId: string,
  token: string,
): Promise<Ownership> {
  const ownership = await findOwnership(store.read, accountId, hashOf(token))
  if (!ownership) throw refusals.badToken('there is no such token, or it has expired')
  if (ownership.usedAt) throw refusals.badToken('it was used before')
  if (now() >= ownership.expiresAt) throw refusals.badToken('it has expired')
  return ownership
}

async function getPending(db: Db, { accountId, certificateId }: Ownership): Promise<DeviceCertificate> {
  const certificate = await findCertificate(db, accountId, certificateId)
  if (!certificate) throw refusals.badToken('its certificate was deleted')
  if (certificate.status === 'PENDING_ACTIVATION') return certificate
  throw refusals.badToken(`its certificate is ${certificate.status} already`)
}

/** Those of the device, with what the hook puts over them. */
async function askForParameters(
  deps: ProvisionDeps,
  { requester, template, certificate }: Device,
  given: ParameterValues,
): Promise<ParameterValues> {
  const { accountId, clientId = '', claim } = requester
  const { certificateId, certificatePem } = certificate
  const own = [certificateIdParameter, certificateId] as const // whatever anybody else says
  const overrides = await askHooks(deps, template, {
    claimCertificateId: claim?.certificateId ?? '', // assumed: for a client that is an IAM identity
    certificateId,
    certificatePem,
    templateArn: templateArn({ accountId, region: deps.region }, template.templateName),
    clientId,
    parameters: Object.fromEntries(given),
  })
  return new Map([...given, ...overrides, own])
}

async function runTemplate(
  deps: ProvisionDeps,
  { requester, template, ownership, certificate }: Device,
  parameters: ParameterValues,
): Promise<{ provisioned: Provisioned; plan: ProvisioningPlan }> {
  const { store, identities, region, now } = deps
  const { accountId, claim } = requester
  const { certificateId } = certificate
  const scope = { accountId, region }
  const { templateBody } = await getTemplateVersion(store.read, template, template.defaultVersionId)
  const plan = planProvisioning(deps.parseTemplate(templateBody, 'FLEET_PROVISIONING'), parameters)
  checkCertificate(plan.certificate, certificateId)
  const authorize = await openProvisioningRole(identities, {
    accountId,
    roleArn: template.provisioningRoleArn,
    sourceArn: templateArn(scope, template.templateName),
  })
  const at = now()
  const request = {
    ...scope,
    plan,
    certificateArn: iotArn(scope, `cert/${certificateId}`),
    now: at,
    async settleCertificate(db: Db, { status }: { status: 'ACTIVE' | 'INACTIVE' }) {
      if (!(await useOwnership(db, ownership, at))) throw refusals.badToken('it was used before')
      await getPending(db, ownership)
      if (claim) await useClaim(db, claim, at)
      return activateCertificate(db, { accountId, certificateId, status, now: at })
    },
  }
  const transact = (work: (db: Db) => Promise<Provisioned>, apart: readonly string[]) =>
    store.transact(work, (done) => changesOf(accountId, certificateId, done), apart)
  return { provisioned: await carryOut({ transact, authorize }, request), plan }
}

async function conclude(
  { record, fabric, now }: ProvisionDeps,
  { requester, certificate: { certificateId } }: Device,
  { provisioned, plan, facts }: { provisioned: Provisioned; plan: ProvisioningPlan; facts: RunFacts },
): Promise<ProvisionedDocument> {
  const { accountId } = requester
  const { thing } = provisioned
  record(
    entryOf(requester, {
      code: 'provisioned',
      at: now(),
      certificateId,
      ...(thing && { thingName: thing.thingName }),
      details: successDetails(provisioned, plan, facts),
    }),
  )
  await fabric.announce(...changesOf(accountId, certificateId, provisioned))
  return {
    deviceConfiguration: Object.fromEntries(plan.deviceConfiguration),
    ...(thing && { thingName: thing.thingName }),
  }
}

const changesOf = (accountId: string, certificateId: string, { thing }: Provisioned): Change[] => [
  { accountId, kind: 'certificate', id: certificateId },
  ...(thing && !thing.isNew ? [{ accountId, kind: 'thing' as const, id: thing.thingName }] : []),
]

/** For whoever looks at the certificate; a device that tries again and again costs no writes. */
async function noteReason(
  { store, now }: ProvisionDeps,
  { accountId, certificateId, pendingReason: noted }: DeviceCertificate,
  reason: string,
): Promise<void> {
  if (noted === reason) return
  await store.transact((db) => setPendingReason(db, { accountId, certificateId, reason, now: now() }))
}
