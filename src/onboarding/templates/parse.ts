/**
 * Reads provisioning templates and refuses, with the place, what could never be carried out.
 * Source: AWS IoT Developer Guide, "Provisioning templates".
 */
import { JsonError, parseLenientJson } from '../../lib/lenient-json.ts'
import { certificateIdParameter } from './certificate-parameters.ts'
import { functionOf, parseTextExpression, type Expression, type Mapping, type Names } from './expression.ts'
import { checkMembers, toArray, toObject, toText, type JsonObject } from './json-shape.ts'
import {
  checkFilledIn,
  collectReferences,
  parseParameters,
  remarksOn,
  type Parameter,
  type References,
} from './parameters.ts'
import {
  parseCertificate,
  parsePolicy,
  parseThing,
  resourceType,
  type CertificateResource,
  type PolicyResource,
  type Property,
  type ResourceBody,
  type ThingResource,
} from './resources.ts'
import { TemplateError } from './template-error.ts'

export type TemplateKind = 'JITP' | 'FLEET_PROVISIONING' | 'REGISTER_THING'

/** A template without errors of its own. Logical ids and parameter names are the author's. */
export interface Template {
  kind: TemplateKind
  parameters: ReadonlyMap<string, Parameter>
  references: References
  /** For its author, e.g. of a parameter that is not declared; the template can be carried out all the same. */
  remarks: readonly string[]
  thing?: ThingResource
  certificate?: CertificateResource
  policies: readonly PolicyResource[]
  /** Goes to the device when it is provisioned by claim. */
  deviceConfiguration: ReadonlyMap<string, Property>
}

const maxTemplateCharacters = 10_240
const maxDepth = 24
const sections = ['Parameters', 'Mappings', 'Resources', 'DeviceConfiguration']

/** @throws {TemplateError} */
export function parseTemplate(body: string, kind: TemplateKind): Template {
  const template = toObject(parseJson(body), 'template')
  checkMembers(template, sections, 'template')
  const parameters = parseParameters(template.get('Parameters'))
  const { refer, references } = collectReferences(parameters, (name) => mayBeUndeclared(name, kind))
  const names: Names = { refer, mappings: parseMappings(template.get('Mappings')) }
  const resources = parseResources(template.get('Resources'), names)
  checkResources(resources, kind)
  const deviceConfiguration = parseDeviceConfiguration(template.get('DeviceConfiguration'), names)
  if (kind === 'JITP') checkFilledIn(parameters, references)
  const remarks = remarksOn(parameters, references)
  return { kind, parameters, references, remarks, ...resources, deviceConfiguration }
}

/**
 * Templates for fleets may refer to what they do not declare, as examples of AWS do: devices bring values by name.
 * assumed: in the other kinds it is a mistake.
 */
function mayBeUndeclared(name: string, kind: TemplateKind): boolean {
  return kind === 'FLEET_PROVISIONING' || (kind === 'REGISTER_THING' && name === certificateIdParameter)
}

function parseJson(body: string): unknown {
  if (body.length > maxTemplateCharacters) {
    throw new TemplateError(
      'template',
      `is ${body.length} characters long; at most ${maxTemplateCharacters} are allowed`,
    )
  }
  try {
    return parseLenientJson(body, { maxLength: maxTemplateCharacters, maxDepth })
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause
    throw new TemplateError('template', `is not JSON: ${cause.message}`)
  }
}

function parseMappings(json: unknown): Map<string, Mapping> {
  const mappings = new Map<string, Mapping>()
  if (json === undefined) return mappings
  for (const [name, body] of toObject(json, 'Mappings')) {
    const mapping = new Map<string, ReadonlyMap<string, string | readonly string[]>>()
    for (const [first, inner] of toObject(body, `Mappings.${name}`)) {
      const place = `Mappings.${name}.${first}`
      const entries = [...toObject(inner, place)]
      mapping.set(
        first,
        new Map(entries.map(([second, value]) => [second, mappedValue(value, `${place}.${second}`)])),
      )
    }
    mappings.set(name, mapping)
  }
  return mappings
}

function mappedValue(json: unknown, place: string): string | readonly string[] {
  if (functionOf(json) !== undefined)
    throw new TemplateError(place, 'Mappings hold values only, no functions')
  if (typeof json === 'string') return json
  return toArray(json, place).map((item, index) => toText(item, `${place}[${index}]`))
}

type Resources = Pick<Template, 'thing' | 'certificate' | 'policies'>

function parseResources(json: unknown, names: Names): Resources {
  if (json === undefined) throw new TemplateError('Resources', 'is missing')
  const things: ThingResource[] = []
  const certificates: CertificateResource[] = []
  const policies: PolicyResource[] = []
  for (const [logicalId, value] of toObject(json, 'Resources')) {
    const place = `Resources.${logicalId}`
    const resource = toObject(value, place)
    checkMembers(resource, ['Type', 'Properties', 'OverrideSettings'], place)
    const type = resourceType(resource.get('Type'), `${place}.Type`)
    const body = resourceBody(logicalId, resource, names)
    if (type === 'AWS::IoT::Thing') things.push(parseThing(body))
    else if (type === 'AWS::IoT::Certificate') certificates.push(parseCertificate(body))
    else policies.push(parsePolicy(body))
  }
  const [thing, secondThing] = things
  const [certificate, secondCertificate] = certificates
  const second = secondThing ?? secondCertificate
  if (second)
    throw new TemplateError(`Resources.${second.logicalId}`, 'is the second of its type; a template has one')
  return { ...(thing && { thing }), ...(certificate && { certificate }), policies }
}

function resourceBody(logicalId: string, resource: JsonObject, names: Names): ResourceBody {
  const place = `Resources.${logicalId}`
  const properties = toObject(resource.get('Properties'), `${place}.Properties`)
  return { logicalId, properties, overrideSettings: resource.get('OverrideSettings'), place, names }
}

function checkResources({ thing, certificate, policies }: Resources, kind: TemplateKind): void {
  if (!certificate) {
    // assumed: a thing alone can be registered by RegisterThing; everything else is about a certificate
    if (kind !== 'REGISTER_THING') throw new TemplateError('Resources', 'has no AWS::IoT::Certificate')
    if (policies.length > 0)
      throw new TemplateError('Resources', 'has a policy but no certificate to attach it to')
    if (!thing) throw new TemplateError('Resources', 'is empty')
    return
  }
  if (kind === 'REGISTER_THING') return
  const { source, value } = certificate
  if (source !== 'CertificateId') {
    throw new TemplateError(
      value.place,
      `is for RegisterThing; this template needs CertificateId with {"Ref": "${certificateIdParameter}"}`,
    )
  }
  if (!mentions(value.expression, certificateIdParameter)) {
    throw new TemplateError(value.place, `must be {"Ref": "${certificateIdParameter}"}`)
  }
}

function mentions({ kind, ...expression }: Expression, parameter: string): boolean {
  if (kind === 'parameter') return 'name' in expression && expression.name === parameter
  // a function may make the id of a default, which only evaluation can tell
  return kind !== 'text'
}

function parseDeviceConfiguration(json: unknown, names: Names): Map<string, Property> {
  const configuration = new Map<string, Property>()
  if (json === undefined) return configuration
  for (const [name, value] of toObject(json, 'DeviceConfiguration')) {
    const place = `DeviceConfiguration.${name}`
    configuration.set(name, { expression: parseTextExpression(value, place, names), place })
  }
  return configuration
}
