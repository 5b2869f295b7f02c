/** Template + parameters -> what has to exist afterwards. Pure. */
import { subjectAttributeOf } from './certificate-parameters.ts'
import { evaluateList, evaluateText, type ParameterValues } from './evaluate.ts'
import type { OverrideAction } from './override-settings.ts'
import type { Template, TemplateKind } from './parse.ts'
import { renderDocument } from './policy-document.ts'
import {
  toCertificateStatus,
  toThingPrincipalType,
  type CertificateResource,
  type PolicyResource,
  type Property,
  type ThingResource,
} from './resources.ts'
import { TemplateError } from './template-error.ts'
import {
  attributeValueRule,
  billingGroupNameRule,
  certificateIdRule,
  checkedValue,
  policyNameRule,
  thingGroupNameRule,
  thingNameRule,
  thingTypeNameRule,
  type ValueRule,
} from './value-rules.ts'

export interface ThingPlan {
  logicalId: string
  thingName: string
  /** Without prototype: names come from the template. */
  attributes: Record<string, string>
  thingTypeName?: string
  billingGroupName?: string
  thingGroups: readonly string[]
  /** For a thing that exists. assumed: what OverrideSettings does not name is left as it is. */
  overrides: { attributes: OverrideAction; thingTypeName: OverrideAction; thingGroups: OverrideAction }
}

export interface CertificatePlan {
  logicalId: string
  source:
    | { kind: 'id'; certificateId: string }
    | { kind: 'pem'; certificatePem: string; caCertificatePem?: string }
    | { kind: 'csr'; certificateSigningRequest: string }
  status: 'ACTIVE' | 'INACTIVE'
  thingPrincipalType?: 'EXCLUSIVE_THING' | 'NON_EXCLUSIVE_THING'
  /** For a certificate that is not pending. assumed: without OverrideSettings its status is replaced. */
  statusOverride: OverrideAction
}

export interface PolicyPlan {
  logicalId: string
  policyName: string
  /** Absent when the policy must exist. */
  policyDocument?: string
}

export interface ProvisioningPlan {
  thing?: ThingPlan
  certificate?: CertificatePlan
  policies: readonly PolicyPlan[]
  deviceConfiguration: ReadonlyMap<string, string>
}

/** @throws {TemplateError} naming the parameter without a value, or the value that is not allowed where it stands */
export function planProvisioning(template: Template, parameters: ParameterValues): ProvisioningPlan {
  const values = withDefaults(template, parameters)
  return {
    ...(template.thing && { thing: planThing(template.thing, values) }),
    ...(template.certificate && { certificate: planCertificate(template.certificate, values) }),
    policies: template.policies.map((policy) => planPolicy(policy, values)),
    deviceConfiguration: new Map(
      [...template.deviceConfiguration].map(([name, { expression }]) => [
        name,
        evaluateText(expression, values),
      ]),
    ),
  }
}

/** What of a plan can be told, and what is wrong with the rest. */
export interface PartialPlan extends ProvisioningPlan {
  /** By logical id. */
  faults: ReadonlyMap<string, TemplateError>
}

/** As `planProvisioning`, each resource for itself. Never throws for what is wrong with the values. */
export function planParts(template: Template, parameters: ParameterValues): PartialPlan {
  const values = new Map(parameters)
  for (const [name, { default: fallback }] of template.parameters)
    if (!values.has(name) && fallback !== undefined) values.set(name, fallback)
  const faults = new Map<string, TemplateError>()
  function part<Plan>(logicalId: string, plan: () => Plan): Plan | undefined {
    try {
      return plan()
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error
      faults.set(logicalId, error)
      return undefined
    }
  }
  const { thing, certificate } = template
  const thingPlan = thing && part(thing.logicalId, () => planThing(thing, values))
  const certificatePlan =
    certificate && part(certificate.logicalId, () => planCertificate(certificate, values))
  return {
    ...(thingPlan && { thing: thingPlan }),
    ...(certificatePlan && { certificate: certificatePlan }),
    policies: template.policies.flatMap(
      (policy) => part(policy.logicalId, () => planPolicy(policy, values)) ?? [],
    ),
    deviceConfiguration: new Map(),
    faults,
  }
}

/** What nothing refers to needs no value: AWS's own samples declare more than certificates bring. */
function withDefaults({ parameters, references, kind }: Template, given: ParameterValues): ParameterValues {
  const values = new Map(given)
  for (const [name, { default: fallback }] of parameters) {
    if (values.has(name) || !references.has(name)) continue
    if (fallback === undefined) throw new TemplateError(`Parameters.${name}`, missingReason(name, kind))
    values.set(name, fallback)
  }
  return values
}

function missingReason(name: string, kind: TemplateKind): string {
  const attribute = kind === 'JITP' ? subjectAttributeOf(name) : undefined
  if (attribute !== undefined)
    return `the certificate's subject has no ${attribute}, and the parameter has no Default`
  return 'the parameter was given no value and has no Default'
}

function planThing(thing: ThingResource, values: ParameterValues): ThingPlan {
  const attributes = Object.create(null) as Record<string, string>
  for (const [name, value] of thing.attributes) attributes[name] = textOf(value, attributeValueRule, values)
  const { thingTypeName, billingGroupName, overrides } = thing
  return {
    logicalId: thing.logicalId,
    thingName: textOf(thing.thingName, thingNameRule, values),
    attributes,
    ...(thingTypeName && { thingTypeName: textOf(thingTypeName, thingTypeNameRule, values) }),
    ...(billingGroupName && { billingGroupName: textOf(billingGroupName, billingGroupNameRule, values) }),
    thingGroups: planThingGroups(thing.thingGroups, values),
    overrides: {
      attributes: overrides.get('AttributePayload') ?? 'DO_NOTHING',
      thingTypeName: overrides.get('ThingTypeName') ?? 'DO_NOTHING',
      thingGroups: overrides.get('ThingGroups') ?? 'DO_NOTHING',
    },
  }
}

function planThingGroups(groups: Property | undefined, values: ParameterValues): readonly string[] {
  if (!groups) return []
  const names = evaluateList(groups.expression, values)
  return [...new Set(names.map((name) => checkedValue(name, thingGroupNameRule, groups.place)))]
}

function planCertificate(certificate: CertificateResource, values: ParameterValues): CertificatePlan {
  const { status, thingPrincipalType } = certificate
  return {
    logicalId: certificate.logicalId,
    source: planSource(certificate, values),
    status: status ? toCertificateStatus(evaluateText(status.expression, values), status.place) : 'ACTIVE',
    ...(thingPrincipalType && {
      thingPrincipalType: toThingPrincipalType(
        evaluateText(thingPrincipalType.expression, values),
        thingPrincipalType.place,
      ),
    }),
    statusOverride: certificate.overrides.get('Status') ?? 'REPLACE',
  }
}

function planSource(
  { source, value, caCertificatePem }: CertificateResource,
  values: ParameterValues,
): CertificatePlan['source'] {
  const text = evaluateText(value.expression, values)
  switch (source) {
    case 'CertificateId':
      return { kind: 'id', certificateId: checkedValue(text, certificateIdRule, value.place) }
    case 'CertificatePem': {
      const ca = caCertificatePem && { caCertificatePem: evaluateText(caCertificatePem.expression, values) }
      return { kind: 'pem', certificatePem: text, ...ca }
    }
    case 'CertificateSigningRequest':
      return { kind: 'csr', certificateSigningRequest: text }
  }
}

function planPolicy(policy: PolicyResource, values: ParameterValues): PolicyPlan {
  const { logicalId } = policy
  if ('document' in policy) return { logicalId, ...renderDocument(policy.document, values) }
  return { logicalId, policyName: textOf(policy.policyName, policyNameRule, values) }
}

function textOf({ expression, place }: Property, rule: ValueRule, values: ParameterValues): string {
  if (expression.kind === 'text') return expression.value // checked when the template was read
  return checkedValue(evaluateText(expression, values), rule, place)
}
