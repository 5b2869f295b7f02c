/** The three kinds of resources in a template. Source: AWS IoT Developer Guide, "Provisioning templates". */
import { parseListExpression, parseTextExpression, type Expression, type Names } from './expression.ts'
import { checkMembers, toObject, toText, type JsonObject } from './json-shape.ts'
import { parseOverrides, type OverrideAction } from './override-settings.ts'
import { parseDocumentTemplate, type PolicyDocumentTemplate } from './policy-document.ts'
import { TemplateError } from './template-error.ts'
import {
  attributeNameRule,
  attributeValueRule,
  billingGroupNameRule,
  checkedValue,
  policyNameRule,
  thingGroupNameRule,
  thingNameRule,
  thingTypeNameRule,
  type ValueRule,
} from './value-rules.ts'

/** An expression with the rule that its value must follow. */
export interface Property {
  expression: Expression
  place: string
}

export interface ThingResource {
  logicalId: string
  thingName: Property
  attributes: ReadonlyMap<string, Property>
  thingTypeName?: Property
  billingGroupName?: Property
  thingGroups?: Property
  overrides: ReadonlyMap<string, OverrideAction>
}

export interface CertificateResource {
  logicalId: string
  source: 'CertificateId' | 'CertificatePem' | 'CertificateSigningRequest'
  value: Property
  caCertificatePem?: Property
  status?: Property
  thingPrincipalType?: Property
  overrides: ReadonlyMap<string, OverrideAction>
}

export type PolicyResource =
  | { logicalId: string; policyName: Property }
  | { logicalId: string; document: PolicyDocumentTemplate }

/** One entry of `Resources`. */
export interface ResourceBody {
  logicalId: string
  properties: JsonObject
  overrideSettings: unknown
  /** `Resources.<logical id>` */
  place: string
  names: Names
}

const maxThingGroups = 10

const thingProperties = ['ThingName', 'AttributePayload', 'ThingTypeName', 'ThingGroups', 'BillingGroup']
const certificateProperties = [
  'CertificateId',
  'CertificateID',
  'CertificatePem',
  'CACertificatePem',
  'CertificateSigningRequest',
  'Status',
  'ThingPrincipalType',
]
const policyProperties = ['PolicyName', 'PolicyDocument']

/** @throws {TemplateError} */
export function parseThing(body: ResourceBody): ThingResource {
  const place = `${body.place}.Properties`
  checkMembers(body.properties, thingProperties, place)
  const thingName = textProperty(body, 'ThingName', thingNameRule)
  if (!thingName) throw new TemplateError(`${place}.ThingName`, 'is missing')
  const thingTypeName = textProperty(body, 'ThingTypeName', thingTypeNameRule)
  const billingGroupName = textProperty(body, 'BillingGroup', billingGroupNameRule)
  const thingGroups = thingGroupsProperty(body)
  return {
    logicalId: body.logicalId,
    thingName,
    attributes: parseAttributes(body),
    ...(thingTypeName && { thingTypeName }),
    ...(billingGroupName && { billingGroupName }),
    ...(thingGroups && { thingGroups }),
    overrides: parseOverrides(body, 'thing'),
  }
}

function parseAttributes(body: ResourceBody): Map<string, Property> {
  const place = `${body.place}.Properties.AttributePayload`
  const attributes = new Map<string, Property>()
  const json = body.properties.get('AttributePayload')
  if (json === undefined) return attributes
  for (const [name, value] of toObject(json, place)) {
    checkedValue(name, attributeNameRule, place)
    attributes.set(
      name,
      property(value, attributeValueRule, { place: `${place}.${name}`, names: body.names }),
    )
  }
  return attributes
}

function thingGroupsProperty({ properties, place, names }: ResourceBody): Property | undefined {
  const json = properties.get('ThingGroups')
  if (json === undefined) return undefined
  const where = `${place}.Properties.ThingGroups`
  const expression = parseListExpression(json, where, names)
  if (expression.kind === 'list') {
    if (expression.items.length > maxThingGroups) {
      throw new TemplateError(
        where,
        `a thing can be in ${maxThingGroups} groups, got ${expression.items.length}`,
      )
    }
    expression.items.forEach((item, index) => checkConstant(item, thingGroupNameRule, `${where}[${index}]`))
  }
  return { expression, place: where }
}

/** @throws {TemplateError} */
export function parseCertificate(body: ResourceBody): CertificateResource {
  const place = `${body.place}.Properties`
  checkMembers(body.properties, certificateProperties, place)
  const { source, value } = certificateSource(body)
  const caCertificatePem = textProperty(body, 'CACertificatePem')
  if (caCertificatePem && source !== 'CertificatePem') {
    throw new TemplateError(`${place}.CACertificatePem`, 'belongs to CertificatePem only')
  }
  const status = textProperty(body, 'Status')
  if (status?.expression.kind === 'text') toCertificateStatus(status.expression.value, status.place)
  const thingPrincipalType = textProperty(body, 'ThingPrincipalType')
  if (thingPrincipalType?.expression.kind === 'text') {
    toThingPrincipalType(thingPrincipalType.expression.value, thingPrincipalType.place)
  }
  return {
    logicalId: body.logicalId,
    source,
    value,
    ...(caCertificatePem && { caCertificatePem }),
    ...(status && { status }),
    ...(thingPrincipalType && { thingPrincipalType }),
    overrides: parseOverrides(body, 'certificate'),
  }
}

function certificateSource(body: ResourceBody): Pick<CertificateResource, 'source' | 'value'> {
  const given = (['CertificateId', 'CertificatePem', 'CertificateSigningRequest'] as const)
    .map((source) => ({ source, value: textProperty(body, source) }))
    // the Developer Guide writes the member both ways
    .concat({ source: 'CertificateId', value: textProperty(body, 'CertificateID') })
    .flatMap(({ source, value }) => (value ? [{ source, value }] : []))
  const [only] = given
  if (only && given.length === 1) return only
  throw new TemplateError(
    `${body.place}.Properties`,
    `needs exactly one of CertificateId, CertificatePem, CertificateSigningRequest; got ${given.length}`,
  )
}

/** `ACTIVE` or `INACTIVE`, however it is capitalised: AWS's examples write `Active` too. */
export function toCertificateStatus(text: string, place: string): 'ACTIVE' | 'INACTIVE' {
  const status = text.toUpperCase()
  if (status === 'ACTIVE' || status === 'INACTIVE') return status
  throw new TemplateError(place, `must be ACTIVE or INACTIVE, got ${JSON.stringify(text.slice(0, 64))}`)
}

export function toThingPrincipalType(text: string, place: string): 'EXCLUSIVE_THING' | 'NON_EXCLUSIVE_THING' {
  if (text === 'EXCLUSIVE_THING' || text === 'NON_EXCLUSIVE_THING') return text
  const got = JSON.stringify(text.slice(0, 64))
  throw new TemplateError(place, `must be EXCLUSIVE_THING or NON_EXCLUSIVE_THING, got ${got}`)
}

/** @throws {TemplateError} */
export function parsePolicy(body: ResourceBody): PolicyResource {
  const { logicalId, properties, names } = body
  const place = `${body.place}.Properties`
  checkMembers(properties, policyProperties, place)
  parseOverrides(body, 'policy')
  const policyName = textProperty(body, 'PolicyName', policyNameRule)
  const document = properties.get('PolicyDocument')
  if (policyName && document === undefined) return { logicalId, policyName }
  if (!policyName && document !== undefined) {
    return { logicalId, document: parseDocumentTemplate(document, `${place}.PolicyDocument`, names) }
  }
  const which = policyName ? 'not both' : 'got neither'
  throw new TemplateError(place, `needs PolicyName (of an existing policy) or PolicyDocument, ${which}`)
}

function textProperty(body: ResourceBody, name: string, rule?: ValueRule): Property | undefined {
  const json = body.properties.get(name)
  if (json === undefined) return undefined
  return property(json, rule, { place: `${body.place}.Properties.${name}`, names: body.names })
}

function property(json: unknown, rule: ValueRule | undefined, at: { place: string; names: Names }): Property {
  const expression = parseTextExpression(json, at.place, at.names)
  if (rule) checkConstant(expression, rule, at.place)
  return { expression, place: at.place }
}

function checkConstant(expression: Expression, rule: ValueRule, place: string): void {
  if (expression.kind === 'text') checkedValue(expression.value, rule, place)
}

/** @throws {TemplateError} when `json` is not one of the three kinds of resources */
export function resourceType(json: unknown, place: string) {
  const type = toText(json, place)
  if (type === 'AWS::IoT::Thing' || type === 'AWS::IoT::Certificate' || type === 'AWS::IoT::Policy')
    return type
  const got = JSON.stringify(type.slice(0, 64))
  throw new TemplateError(
    place,
    `must be AWS::IoT::Thing, AWS::IoT::Certificate, or AWS::IoT::Policy, got ${got}`,
  )
}
