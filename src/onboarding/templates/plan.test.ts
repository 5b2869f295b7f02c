import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import { parseCertificate } from '../../lib/x509.ts'
import { parsePolicyDocument } from '../../access/policies/index.ts'
import { createTemplateCache } from './cache.ts'
import { certificateParameters } from './certificate-parameters.ts'
import { parseTemplate, type TemplateKind } from './parse.ts'
import { planProvisioning } from './plan.ts'
import { TemplateError } from './template-error.ts'

const id = 'AWS::IoT::Certificate::Id'
const name = 'AWS::IoT::Certificate::CommonName'
const certificateId = 'ab'.repeat(32)

interface Body {
  thing?: Record<string, unknown>
  certificate?: Record<string, unknown>
  policy?: Record<string, unknown>
  parameters?: Record<string, unknown>
  rest?: Record<string, unknown>
}

function templateBody({ thing, certificate, policy, parameters, rest }: Body): string {
  return JSON.stringify({
    Parameters: { [name]: { Type: 'String' }, [id]: { Type: 'String' }, ...parameters },
    Resources: {
      thing: { Type: 'AWS::IoT::Thing', Properties: { ThingName: { Ref: name }, ...thing } },
      certificate: {
        Type: 'AWS::IoT::Certificate',
        Properties: certificate ?? { CertificateId: { Ref: id } },
      },
      ...(policy && { policy: { Type: 'AWS::IoT::Policy', Properties: policy } }),
    },
    ...rest,
  })
}

function plan(body: Body, values: Record<string, string> = {}, kind: TemplateKind = 'JITP') {
  const parameters = new Map(Object.entries({ [id]: certificateId, [name]: 'lamp-1', ...values }))
  return planProvisioning(parseTemplate(templateBody(body), kind), parameters)
}

describe('the values of a plan', () => {
  it('come from parameters, with what the template does not say left at its default', () => {
    expect(plan({ thing: { AttributePayload: { site: { Ref: name } } } })).toEqual({
      thing: {
        logicalId: 'thing',
        thingName: 'lamp-1',
        attributes: { site: 'lamp-1' },
        thingGroups: [],
        overrides: { attributes: 'DO_NOTHING', thingTypeName: 'DO_NOTHING', thingGroups: 'DO_NOTHING' },
      },
      certificate: {
        logicalId: 'certificate',
        source: { kind: 'id', certificateId },
        status: 'ACTIVE',
        statusOverride: 'REPLACE',
      },
      policies: [],
      deviceConfiguration: new Map(),
    })
  })

  it.each<[string, unknown, string]>([
    ['a number', 7, '7'],
    ['true', true, 'true'],
    ['Ref', { Ref: name }, 'lamp-1'],
    ['Fn::Join', { 'Fn::Join': ['-', ['a', { Ref: name }, 'b']] }, 'a-lamp-1-b'],
    ['Fn::Join without separator', { 'Fn::Join': ['', ['a', 'b']] }, 'ab'],
    ['Fn::Join of a split', { 'Fn::Join': ['_', { 'Fn::Split': ['-', { Ref: name }] }] }, 'lamp_1'],
    ['Fn::Select of a list', { 'Fn::Select': ['1', ['a', { Ref: name }]] }, 'lamp-1'],
    ['Fn::Select of a split', { 'Fn::Select': [1, { 'Fn::Split': ['-', { Ref: name }] }] }, '1'],
    ['Fn::Select by a parameter', { 'Fn::Select': [{ Ref: 'Index' }, ['a', 'b']] }, 'b'],
    ['Fn::FindInMap', { 'Fn::FindInMap': ['Places', { Ref: 'Index' }, 'url'] }, 'https://one.example'],
    ['Fn::FindInMap with constant keys', { 'Fn::FindInMap': ['Places', '2', 'url'] }, 'https://two.example'],
    [
      'Fn::Select of a mapped list',
      { 'Fn::Select': [0, { 'Fn::FindInMap': ['Places', { Ref: 'Index' }, 'all'] }] },
      'x',
    ],
    ['Fn::Sub', { 'Fn::Sub': `/\${${name}}/\${Index}` }, '/lamp-1/1'],
    ['Fn::Sub with variables', { 'Fn::Sub': ['${a}:${Index}', { a: { Ref: name } }] }, 'lamp-1:1'],
    ['Fn::Sub with a literal', { 'Fn::Sub': '${!Index}' }, '${Index}'],
  ])('may be %s', (_, value, expected) => {
    const body = {
      parameters: { Index: { Type: 'String', Default: '1' } },
      rest: {
        Mappings: {
          Places: {
            '1': { url: 'https://one.example', all: ['x', 'y'] },
            '2': { url: 'https://two.example' },
          },
        },
        DeviceConfiguration: { value },
      },
    }
    expect(plan(body).deviceConfiguration.get('value')).toBe(expected)
  })

  it('name each thing group once', () => {
    const groups = plan({ thing: { ThingGroups: ['a', { Ref: name }, 'a'] } }).thing?.thingGroups
    expect(groups).toEqual(['a', 'lamp-1'])
    expect(
      plan({ thing: { ThingGroups: { 'Fn::Split': ['-', { Ref: name }] } } }).thing?.thingGroups,
    ).toEqual(['lamp', '1'])
  })

  it('prefer what is given over the default', () => {
    const body = {
      parameters: { Site: { Type: 'String', Default: 'WA' } },
      thing: { AttributePayload: { site: { Ref: 'Site' } } },
    }
    expect(plan(body).thing?.attributes).toEqual({ site: 'WA' })
    expect(plan(body, { Site: 'DE' }).thing?.attributes).toEqual({ site: 'DE' })
  })
})

describe('a value from a certificate is refused with its own reason', () => {
  it.each([
    ['*', '"*" is not a thing name: it holds "*"'],
    ['+', '"+" is not a thing name: it holds "+"'],
    ['#', '"#" is not a thing name: it holds "#"'],
    ['${iot:ClientId}', 'is not a thing name: it holds "$"'],
    ['../../x', '"../../x" is not a thing name: it holds "."'],
    ['x'.repeat(10_240), 'is 10240 characters long; a thing name has at most 128'],
    ['lamp 1', 'it holds " "'],
    ['lamp\u0000', 'it holds "\\u0000"'],
    ['l\u00e4mp', 'it holds "\u00e4"'],
    ['\u{1f4a1}', 'it holds "\u{1f4a1}"'],
    ['lamp\n', 'it holds "\\n"'],
    ['', 'is empty where a thing name is needed'],
  ])('%# as a thing name', (value, reason) => {
    expect(() => plan({}, { [name]: value })).toThrow('Resources.thing.Properties.ThingName: ')
    expect(() => plan({}, { [name]: value })).toThrow(reason)
  })

  it('whose message stays short', () => {
    const refusal = documentOrRefusal({}, `${'x'.repeat(10_000)}*`)
    expect(String(refusal).length).toBeLessThan(220)
  })

  it.each<[string, Body, string, string]>([
    [
      'an attribute',
      { thing: { ThingName: 'a', AttributePayload: { x: { Ref: name } } } },
      'Acme GmbH',
      'AttributePayload.x: "Acme GmbH" is not an attribute value: it holds " "',
    ],
    [
      'a long attribute',
      { thing: { ThingName: 'a', AttributePayload: { x: { Ref: name } } } },
      'x'.repeat(801),
      'an attribute value has at most 800',
    ],
    [
      'a thing type',
      { thing: { ThingName: 'a', ThingTypeName: { Ref: name } } },
      'a/b',
      'is not a thing type name',
    ],
    [
      'a billing group',
      { thing: { ThingName: 'a', BillingGroup: { Ref: name } } },
      'a b',
      'is not a billing group name',
    ],
    [
      'a thing group',
      { thing: { ThingName: 'a', ThingGroups: [{ Ref: name }] } },
      '*',
      'is not a thing group name',
    ],
    [
      'a policy name',
      { thing: { ThingName: 'a' }, policy: { PolicyName: { Ref: name } } },
      'a*',
      'is not a policy name: it holds "*"',
    ],
    [
      'a status',
      { thing: { ThingName: 'a' }, certificate: { CertificateId: { Ref: id }, Status: { Ref: name } } },
      'REVOKED',
      'must be ACTIVE or INACTIVE',
    ],
    [
      'an index',
      { thing: { ThingName: { 'Fn::Select': [{ Ref: name }, ['a']] } } },
      '9',
      'there is no item "9" in a list of 1',
    ],
    [
      'an index that is none',
      { thing: { ThingName: { 'Fn::Select': [{ Ref: name }, ['a']] } } },
      '__proto__',
      'there is no item',
    ],
    [
      'a key of a map',
      {
        thing: { ThingName: { 'Fn::FindInMap': ['M', { Ref: name }, 'b'] } },
        rest: { Mappings: { M: { a: { b: 'c' } } } },
      },
      'constructor',
      'the map has no key "constructor"',
    ],
    [
      'text that grows',
      { thing: { ThingName: { 'Fn::Join': ['', Array.from({ length: 30 }, () => ({ Ref: name }))] } } },
      'x'.repeat(4096),
      'grow beyond',
    ],
  ])('as %s', (_, body, value, reason) => {
    expect(() => plan(body, { [name]: value })).toThrow(reason)
  })
})

describe('a parameter without a value', () => {
  const country = 'AWS::IoT::Certificate::Country'
  const body = {
    parameters: { [country]: { Type: 'String' } },
    thing: { ThingName: { 'Fn::Sub': `lamp-\${${country}}` } },
  }

  it('is refused when something refers to it', () => {
    expect(() => plan(body)).toThrow(`Parameters.${country}: the certificate's subject has no Country`)
    expect(() => plan(body, {}, 'REGISTER_THING')).toThrow(
      'the parameter was given no value and has no Default',
    )
  })

  it.each(['JITP', 'REGISTER_THING', 'FLEET_PROVISIONING'] as const)(
    'is not missed when nothing refers to it: %s',
    (kind) => {
      expect(plan({ parameters: body.parameters }, {}, kind).thing?.thingName).toBe('lamp-1')
    },
  )

  it('is refused when it is not declared and the device brings none', () => {
    const parsed = parseTemplate(
      templateBody({ thing: { ThingName: { Ref: 'SerialNumber' } } }),
      'FLEET_PROVISIONING',
    )
    const given = new Map([[id, 'a'.repeat(64)]])
    expect(() => planProvisioning(parsed, given)).toThrow('no value for the parameter "SerialNumber"')
    expect(planProvisioning(parsed, given.set('SerialNumber', 'A-1')).thing?.thingName).toBe('A-1')
  })

  it('takes its default', () => {
    const withDefault = {
      parameters: { 'AWS::IoT::Certificate::Country': { Type: 'String', Default: 'DE' } },
    }
    expect(plan(withDefault).thing?.thingName).toBe('lamp-1')
  })

  it('is refused when it is the undeclared certificate id', () => {
    const parsed = parseTemplate(templateBody({ parameters: { [id]: undefined } }), 'FLEET_PROVISIONING')
    expect(() => planProvisioning(parsed, new Map([[name, 'a']]))).toThrow(
      `no value for the parameter "${id}"`,
    )
  })
})

function documentOrRefusal(body: Body, value: string): string | TemplateError {
  try {
    return plan(body, { [name]: value }).policies[0]!.policyDocument!
  } catch (error) {
    if (error instanceof TemplateError) return error
    throw error
  }
}

describe('a policy document', () => {
  const statement = (resource: unknown, more: Record<string, unknown> = {}) => ({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'iot:Publish', Resource: resource, ...more }],
  })
  const topic = `arn:aws:iot:*:*:topic/\${${name}}/x`
  const objectForm = {
    policy: { PolicyDocument: statement({ 'Fn::Sub': topic }) },
    thing: { ThingName: 'a' },
  }
  const textForm = {
    policy: { PolicyDocument: { 'Fn::Sub': JSON.stringify(statement(topic)) } },
    thing: { ThingName: 'a' },
  }

  it('keeps its text and is named by its SHA-1', () => {
    const text = JSON.stringify(statement('*'), undefined, 2)
    const [policy] = plan({ policy: { PolicyDocument: text } }).policies
    expect(policy).toEqual({
      logicalId: 'policy',
      policyName: createHash('sha1').update(text).digest('hex').toUpperCase(),
      policyDocument: text,
    })
  })

  it('keeps the variables of the policy language', () => {
    const text = JSON.stringify(statement('arn:aws:iot:*:*:topic/${iot:Connection.Thing.ThingName}/*'))
    expect(plan({ policy: { PolicyDocument: text } }).policies[0]?.policyDocument).toBe(text)
    const mixed = { 'Fn::Sub': `arn:aws:iot:*:*:topic/\${${name}}/\${iot:ClientId}/\${*}` }
    expect(plan({ policy: { PolicyDocument: statement(mixed) } }).policies[0]?.policyDocument).toContain(
      'topic/lamp-1/${iot:ClientId}/${*}',
    )
  })

  it.each([
    ['an object', objectForm],
    ['text', textForm],
  ])('as %s takes values into its strings', (_, body) => {
    const [policy] = plan(body, { [name]: 'Acme "A/S" \\ \u00e9' }).policies
    const document = JSON.parse(policy!.policyDocument!) as { Statement: { Resource: string }[] }
    expect(document.Statement[0]?.Resource).toBe('arn:aws:iot:*:*:topic/Acme "A/S" \\ \u00e9/x')
  })

  it('differs in name when a value differs, and is shared when none does', () => {
    const name1 = plan(objectForm).policies[0]?.policyName
    expect(plan(objectForm).policies[0]?.policyName).toBe(name1)
    expect(plan(objectForm, { [name]: 'lamp-2' }).policies[0]?.policyName).not.toBe(name1)
  })

  it('takes values into conditions', () => {
    const Condition = { StringEquals: { 'iot:ClientId': [{ Ref: name }] } }
    const [policy] = plan({ policy: { PolicyDocument: statement('*', { Condition }) } }).policies
    expect(policy?.policyDocument).toContain('"iot:ClientId":["lamp-1"]')
  })

  it.each(['*', '?', '+', '#', '${iot:ClientId}', '{', '}', 'a\u0000', 'a\nb', '', 'x'.repeat(1025)])(
    'refuses %j, which could match more than is meant',
    (value) => {
      expect(() => plan(objectForm, { [name]: value })).toThrow('PolicyDocument')
      expect(() => plan(textForm, { [name]: value })).toThrow('PolicyDocument')
    },
  )

  it('never means more, whatever the value', () => {
    const values = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('","Action":"*', '\\"', '"]}]}', '\ue0000\ue001'),
    )
    fc.assert(
      fc.property(values, fc.constantFrom(objectForm, textForm), (value, body) => {
        const rendered = documentOrRefusal(body, value)
        const document = rendered instanceof TemplateError ? undefined : rendered
        fc.pre(document !== undefined)
        expect(parsePolicyDocument(document, 'iot').statements).toHaveLength(1)
        expect(JSON.parse(document)).toEqual(statement(`arn:aws:iot:*:*:topic/${value}/x`))
      }),
      { numRuns: 500 },
    )
  })
})

describe('certificate parameters', () => {
  const ca = makeCa()
  const parameters = (subject: Parameters<typeof ca.issue>[0]) =>
    certificateParameters(parseCertificate(ca.issue(subject).der))

  it('are the eight of just-in-time provisioning', () => {
    const subject = 'C=DE,O=Acme,OU=Lamps,dnQualifier=q,ST=Berlin,CN=lamp-1,serialNumber=S-7'
    expect(Object.fromEntries(parameters({ subject }))).toEqual({
      [id]: expect.stringMatching(/^[0-9a-f]{64}$/),
      'AWS::IoT::Certificate::Country': 'DE',
      'AWS::IoT::Certificate::Organization': 'Acme',
      'AWS::IoT::Certificate::OrganizationalUnit': 'Lamps',
      'AWS::IoT::Certificate::DistinguishedNameQualifier': 'q',
      'AWS::IoT::Certificate::StateName': 'Berlin',
      'AWS::IoT::Certificate::CommonName': 'lamp-1',
      'AWS::IoT::Certificate::SerialNumber': 'S-7',
    })
  })

  it('are absent where the subject says nothing', () => {
    expect([...parameters({ subject: 'O=Acme' }).keys()]).toEqual([id, 'AWS::IoT::Certificate::Organization'])
    expect([...parameters({ subject: [['CN', '']] }).keys()]).toEqual([id])
  })

  it('take the first of several values', () => {
    expect(
      parameters({ subject: 'OU=first,OU=second' }).get('AWS::IoT::Certificate::OrganizationalUnit'),
    ).toBe('first')
  })
})

it('reads a template once, and each kind by itself', () => {
  const parse = createTemplateCache()
  const body = templateBody({})
  expect(parse(body, 'JITP')).toBe(parse(body, 'JITP'))
  expect(parse(body, 'FLEET_PROVISIONING')).not.toBe(parse(body, 'JITP'))
  for (let index = 0; index < 300; index++) parse(templateBody({ thing: { ThingName: `t${index}` } }), 'JITP')
  expect(() => parse('{', 'JITP')).toThrow(TemplateError)
})
