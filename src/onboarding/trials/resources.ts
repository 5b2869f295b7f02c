/** What a template would make, and what of it is there already. */
import { findPolicy } from '../../rights/iot-policies/index.ts'
import type { DeviceCertificate } from '../../pki/certificates/index.ts'
import { findBillingGroup } from '../../registry/billing-groups/index.ts'
import { findThingGroup } from '../../registry/thing-groups/index.ts'
import { findThingType } from '../../registry/thing-types/index.ts'
import { findThing } from '../../registry/things/index.ts'
import type { Db } from '../../store/index.ts'
import type { CertificatePlan, PartialPlan, PolicyPlan, Template, ThingPlan } from '../templates/index.ts'
import { warnAboutPolicy } from './policy-warnings.ts'
import type { Fault, ResourceReport } from './report.ts'

interface Asked {
  accountId: string
  known: DeviceCertificate | undefined
}

/** In the order thing, certificate, policies. */
export async function describeResources(
  db: Db,
  asked: Asked,
  template: Template,
  plan: PartialPlan,
): Promise<ResourceReport[]> {
  const { thing, certificate, policies } = template
  const reports: ResourceReport[] = []
  if (thing)
    reports.push(
      plan.thing
        ? await describeThing(db, asked, plan.thing)
        : unplanned('AWS::IoT::Thing', thing.logicalId, plan),
    )
  if (certificate)
    reports.push(
      plan.certificate
        ? describeCertificate(asked, plan.certificate)
        : unplanned('AWS::IoT::Certificate', certificate.logicalId, plan),
    )
  for (const { logicalId } of policies) {
    const planned = plan.policies.find((policy) => policy.logicalId === logicalId)
    reports.push(
      planned ? await describePolicy(db, asked, planned) : unplanned('AWS::IoT::Policy', logicalId, plan),
    )
  }
  return reports
}

function unplanned(type: ResourceReport['type'], logicalId: string, { faults }: PartialPlan): ResourceReport {
  const error = faults.get(logicalId)
  const fault: Fault = { place: error?.place ?? `Resources.${logicalId}`, text: error?.message ?? '' }
  return { logicalId, type, fault, state: 'new', warnings: [] }
}

async function describeThing(db: Db, { accountId }: Asked, plan: ThingPlan): Promise<ResourceReport> {
  const { logicalId, thingName, attributes, thingTypeName, billingGroupName, thingGroups, overrides } = plan
  const isThere = (await findThing(db, accountId, thingName)) !== undefined
  const warnings = await missingOf(db, accountId, plan)
  if (isThere) {
    const { attributes: payload, thingTypeName: type, thingGroups: groups } = overrides
    warnings.push(
      `The thing exists. Where it differs: attributes ${payload}, thing type ${type}, thing groups ${groups}.`,
    )
  }
  return {
    logicalId,
    type: 'AWS::IoT::Thing',
    properties: {
      ThingName: thingName,
      ...(Object.keys(attributes).length > 0 && { AttributePayload: { ...attributes } }),
      ...(thingTypeName !== undefined && { ThingTypeName: thingTypeName }),
      ...(billingGroupName !== undefined && { BillingGroup: billingGroupName }),
      ...(thingGroups.length > 0 && { ThingGroups: thingGroups }),
    },
    state: isThere ? 'exists' : 'new',
    warnings,
  }
}

/** What a thing refers to has to be there. */
async function missingOf(db: Db, accountId: string, plan: ThingPlan): Promise<string[]> {
  const { thingTypeName, billingGroupName, thingGroups } = plan
  const missing: string[] = []
  if (thingTypeName !== undefined && !(await findThingType(db, accountId, thingTypeName)))
    missing.push(`There is no thing type ${thingTypeName}.`)
  if (billingGroupName !== undefined && !(await findBillingGroup(db, accountId, billingGroupName)))
    missing.push(`There is no billing group ${billingGroupName}.`)
  for (const name of thingGroups)
    if (!(await findThingGroup(db, accountId, name))) missing.push(`There is no thing group ${name}.`)
  return missing
}

function describeCertificate({ known }: Asked, plan: CertificatePlan): ResourceReport {
  const { logicalId, source, status, thingPrincipalType } = plan
  return {
    logicalId,
    type: 'AWS::IoT::Certificate',
    properties: {
      ...(source.kind === 'id' && { CertificateId: source.certificateId }),
      Status: status,
      ...(thingPrincipalType && { ThingPrincipalType: thingPrincipalType }),
    },
    state: known ? 'exists' : 'new',
    warnings: known ? [`It is registered and ${known.status}.`] : [],
  }
}

async function describePolicy(db: Db, { accountId }: Asked, plan: PolicyPlan): Promise<ResourceReport> {
  const { logicalId, policyName, policyDocument } = plan
  const stored = await findPolicy(db, accountId, policyName)
  const document = stored?.policyDocument ?? policyDocument
  const isMissing = document === undefined
  return {
    logicalId,
    type: 'AWS::IoT::Policy',
    properties: {
      PolicyName: policyName,
      ...(document !== undefined && { PolicyDocument: JSON.parse(document) as unknown }),
    },
    state: stored ? 'exists' : isMissing ? 'missing' : 'new',
    warnings: isMissing ? [`There is no policy ${policyName}.`] : warnAboutPolicy(document),
  }
}
