import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTemplate, type TemplateKind } from './parse.ts'
import { planProvisioning } from './plan.ts'
import { TemplateError } from './template-error.ts'

const id = 'AWS::IoT::Certificate::Id'
const country = 'AWS::IoT::Certificate::Country'
const allow = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'iot:Publish', Resource: '*' }],
}

/** The template of the walkthrough, with members replaced by dotted path; `undefined` removes one. */
function template(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const body: Record<string, unknown> = {
    Parameters: { [country]: { Type: 'String' }, [id]: { Type: 'String' } },
    Resources: {
      thing: {
        Type: 'AWS::IoT::Thing',
        Properties: {
          ThingName: { Ref: id },
          AttributePayload: { version: 'v1', country: { Ref: country } },
        },
      },
      certificate: {
        Type: 'AWS::IoT::Certificate',
        Properties: { CertificateId: { Ref: id }, Status: 'ACTIVE' },
      },
      policy: { Type: 'AWS::IoT::Policy', Properties: { PolicyDocument: JSON.stringify(allow) } },
    },
  }
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.')
    const last = keys.pop()!
    const parent = keys.reduce<Record<string, unknown>>(
      (node, key) => (node[key] ??= {}) as typeof node,
      body,
    )
    if (value === undefined) delete parent[last]
    else parent[last] = value
  }
  return body
}

const parse = (body: unknown, kind: TemplateKind = 'JITP') =>
  parseTemplate(typeof body === 'string' ? body : JSON.stringify(body), kind)

const thing = 'Resources.thing'
const certificate = 'Resources.certificate'
const policy = 'Resources.policy'
const document = `${policy}.Properties.PolicyDocument`

describe('remarks', () => {
  it.each<[string, Record<string, unknown>, TemplateKind, string[]]>([
    ['none on the walkthrough', {}, 'JITP', []],
    [
      'a parameter that nothing refers to, as in a sample of AWS',
      { 'Parameters.AWS::IoT::Certificate::SerialNumber': { Type: 'String' } },
      'JITP',
      ['Parameters.AWS::IoT::Certificate::SerialNumber is referred to nowhere, so no value of it is needed'],
    ],
    [
      'a parameter that nothing refers to and nobody could fill in',
      { 'Parameters.Serial': { Type: 'String' } },
      'JITP',
      ['Parameters.Serial is referred to nowhere, so no value of it is needed'],
    ],
    [
      'a parameter that a fleet does not declare',
      { [`${thing}.Properties.ThingName`]: { 'Fn::Join': ['', ['a-', { Ref: 'SerialNumber' }]] } },
      'FLEET_PROVISIONING',
      [
        'Resources.thing.Properties.ThingName.Fn::Join[1][1].Ref: "SerialNumber" is not declared in Parameters; each device has to bring it',
      ],
    ],
    ['none on an undeclared certificate id', { [`Parameters.${id}`]: undefined }, 'FLEET_PROVISIONING', []],
    [
      'none on what a policy alone refers to',
      {
        'Parameters.AWS::IoT::Certificate::CommonName': { Type: 'String' },
        [document]: {
          'Fn::Sub': JSON.stringify(allow).replace('*', '*:${AWS::IoT::Certificate::CommonName}'),
        },
      },
      'JITP',
      [],
    ],
  ])('%s', (_, changes, kind, remarks) => {
    expect(parse(template(changes), kind).remarks).toEqual(remarks)
  })
})

describe('a template is read', () => {
  it.each<[string, Record<string, unknown>, TemplateKind?]>([
    ['as in the walkthrough', {}],
    ['with a policy by name', { [`${policy}.Properties`]: { PolicyName: 'lamps' } }],
    ['with a policy as an object', { [document]: allow }],
    ['without a policy', { [policy]: undefined }],
    ['without a thing', { [thing]: undefined }],
    ['with the status in mixed case', { [`${certificate}.Properties.Status`]: 'Active' }],
    [
      'with CertificateID, as the prose has it',
      { [`${certificate}.Properties`]: { CertificateID: { Ref: id } } },
    ],
    ['with an exclusive thing', { [`${certificate}.Properties.ThingPrincipalType`]: 'EXCLUSIVE_THING' }],
    [
      'with override settings',
      { [`${thing}.OverrideSettings`]: { AttributePayload: 'MERGE', THING_GROUPS: 'FAIL' } },
    ],
    [
      'with override settings of the certificate',
      { [`${certificate}.OverrideSettings`]: { STATUS: 'REPLACE' } },
    ],
    [
      'with a parameter of its own that has a default',
      { 'Parameters.Site': { Type: 'String', Default: 'WA' } },
    ],
    ['with numbers as attributes', { [`${thing}.Properties.AttributePayload.size`]: 7 }],
    [
      'with a device configuration',
      { DeviceConfiguration: { Url: 'https://example.com' } },
      'FLEET_PROVISIONING',
    ],
    [
      'with an undeclared certificate id in a fleet',
      { Parameters: undefined, [`${thing}.Properties`]: { ThingName: 'a' } },
      'FLEET_PROVISIONING',
    ],
    [
      'with a CSR for RegisterThing',
      {
        'Parameters.CSR': { Type: 'String' },
        [`${certificate}.Properties`]: { CertificateSigningRequest: { Ref: 'CSR' } },
      },
      'REGISTER_THING',
    ],
    [
      'with a thing alone for RegisterThing',
      { [certificate]: undefined, [policy]: undefined },
      'REGISTER_THING',
    ],
  ])('%s', (_, changes, kind) => {
    expect(parse(template(changes), kind).kind).toBe(kind ?? 'JITP')
  })

  it('with raw tabs and line breaks inside its strings, as documentation pages render them', () => {
    const raw = JSON.stringify(template({ [document]: JSON.stringify(allow, undefined, '\t') }))
    expect(
      parse(raw.replaceAll(String.raw`\t`, '\t').replaceAll(String.raw`\n`, '\n')).policies,
    ).toHaveLength(1)
  })

  it('with escaped slashes', () => {
    expect(
      parse(JSON.stringify(template()).replace('iot:Publish', String.raw`iot:\u0050ublish`)).policies,
    ).toHaveLength(1)
  })
})

describe('a template is refused with the place', () => {
  it.each<[string, Record<string, unknown>, string, TemplateKind?]>([
    ['an unknown section', { Outputs: {} }, 'template: has no member "Outputs"'],
    ['no resources', { Resources: undefined }, 'Resources: is missing'],
    ['resources that are a list', { Resources: [] }, 'Resources: must be an object, got a list'],
    ['no certificate', { [certificate]: undefined }, 'Resources: has no AWS::IoT::Certificate'],
    [
      'two things',
      {
        'Resources.other': template()['Resources'] && {
          Type: 'AWS::IoT::Thing',
          Properties: { ThingName: 'a' },
        },
      },
      'Resources.other: is the second of its type',
    ],
    [
      'an unknown type',
      { [`${thing}.Type`]: 'AWS::IoT::Lamp' },
      'Resources.thing.Type: must be AWS::IoT::Thing',
    ],
    ['no type', { [`${thing}.Type`]: undefined }, 'Resources.thing.Type: must be text, got nothing'],
    [
      'no properties',
      { [`${thing}.Properties`]: undefined },
      'Resources.thing.Properties: must be an object',
    ],
    [
      'a misspelt property',
      { [`${thing}.Properties.Thingname`]: 'x' },
      'Resources.thing.Properties: has no member "Thingname"',
    ],
    [
      'a misspelt member of a resource',
      { [`${thing}.OverideSettings`]: {} },
      'Resources.thing: has no member "OverideSettings"',
    ],
    [
      'no thing name',
      { [`${thing}.Properties.ThingName`]: undefined },
      'Resources.thing.Properties.ThingName: is missing',
    ],
    [
      'a bad literal thing name',
      { [`${thing}.Properties.ThingName`]: 'a/b' },
      '"a/b" is not a thing name: it holds "/"',
    ],
    ['an empty thing name', { [`${thing}.Properties.ThingName`]: '' }, 'ThingName: is empty'],
    ['null', { [`${thing}.Properties.ThingName`]: null }, 'ThingName: must be text or a function'],
    [
      'a list as thing name',
      { [`${thing}.Properties.ThingName`]: { 'Fn::Split': [',', 'a,b'] } },
      'ThingName: must be text, got a list',
    ],
    [
      'an unknown function',
      { [`${thing}.Properties.ThingName`]: { 'Fn::Base64': 'x' } },
      'there is no function "Fn::Base64"',
    ],
    [
      'a function with company',
      { [`${thing}.Properties.ThingName`]: { Ref: id, x: 1 } },
      'Ref must be the only member',
    ],
    [
      'a parameter that is not declared',
      { [`${thing}.Properties.ThingName`]: { Ref: 'AWS::IoT::Certificate::CommonName' } },
      'ThingName.Ref: "AWS::IoT::Certificate::CommonName" is not a parameter',
    ],
    [
      'a reference to a resource',
      { [`${thing}.Properties.ThingName`]: { Ref: 'certificate' } },
      '"certificate" is not a parameter',
    ],
    [
      'a variable outside Fn::Sub',
      { [`${thing}.Properties.ThingName`]: `\${${id}}` },
      'which only Fn::Sub replaces',
    ],
    [
      'a variable that is not declared',
      { [`${thing}.Properties.ThingName`]: { 'Fn::Sub': 'lamp-${Serial}' } },
      'ThingName.Fn::Sub: "Serial" is not a parameter',
    ],
    [
      'Fn::Join of one',
      { [`${thing}.Properties.ThingName`]: { 'Fn::Join': ['-'] } },
      'Fn::Join: must be a list of a separator and a list',
    ],
    [
      'Fn::Join of text',
      { [`${thing}.Properties.ThingName`]: { 'Fn::Join': ['-', 'a'] } },
      'Fn::Join[1]: must be a list',
    ],
    [
      'Fn::Select beyond the list',
      { [`${thing}.Properties.ThingName`]: { 'Fn::Select': [2, ['a', 'b']] } },
      'there is no item "2" in a list of 2',
    ],
    [
      'Fn::Split by nothing',
      { [`${thing}.Properties.ThingName`]: { 'Fn::Select': [0, { 'Fn::Split': ['', 'a'] }] } },
      'the separator is empty',
    ],
    [
      'Fn::FindInMap without map',
      { [`${thing}.Properties.ThingName`]: { 'Fn::FindInMap': ['Places', 'a', 'b'] } },
      'there is no map "Places"',
    ],
    [
      'Fn::FindInMap without key',
      {
        Mappings: { Places: { a: {} } },
        [`${thing}.Properties.ThingName`]: { 'Fn::FindInMap': ['Places', 'a', 'b'] },
      },
      'the map has no key "b" under "a"',
    ],
    [
      'a function in Mappings',
      { Mappings: { Places: { a: { b: { Ref: id } } } } },
      'Mappings.Places.a.b: Mappings hold values only',
    ],
    [
      'a bad attribute name',
      { [`${thing}.Properties.AttributePayload`]: { 'a b': 'x' } },
      '"a b" is not an attribute name',
    ],
    [
      'a bad attribute value',
      { [`${thing}.Properties.AttributePayload`]: { a: 'x y' } },
      'AttributePayload.a: "x y" is not an attribute value: it holds " "',
    ],
    [
      'a nested attribute payload',
      { [`${thing}.Properties.AttributePayload`]: { attributes: { a: 'b' } } },
      'AttributePayload.attributes: must be text or a function',
    ],
    [
      'eleven groups',
      { [`${thing}.Properties.ThingGroups`]: Array.from({ length: 11 }, (_, n) => `g${n}`) },
      'a thing can be in 10 groups, got 11',
    ],
    ['groups that are text', { [`${thing}.Properties.ThingGroups`]: 'lamps' }, 'ThingGroups: must be a list'],
    [
      'a bad group name',
      { [`${thing}.Properties.ThingGroups`]: ['a b'] },
      'ThingGroups[0]: "a b" is not a thing group name',
    ],
    [
      'an unknown override',
      { [`${thing}.OverrideSettings`]: { ThingName: 'FAIL' } },
      'OverrideSettings: has no member "ThingName"',
    ],
    [
      'an unknown override action',
      { [`${thing}.OverrideSettings`]: { ThingTypeName: 'MERGE' } },
      'ThingTypeName: must be one of DO_NOTHING, REPLACE, FAIL',
    ],
    ['overrides of a policy', { [`${policy}.OverrideSettings`]: { Status: 'FAIL' } }, 'a policy has none'],
    [
      'a status of its own',
      { [`${certificate}.Properties.Status`]: 'REVOKED' },
      'Status: must be ACTIVE or INACTIVE, got "REVOKED"',
    ],
    [
      'a principal type of its own',
      { [`${certificate}.Properties.ThingPrincipalType`]: 'ANY' },
      'must be EXCLUSIVE_THING or NON_EXCLUSIVE_THING',
    ],
    [
      'two sources of a certificate',
      { [`${certificate}.Properties.CertificatePem`]: 'x' },
      'needs exactly one of CertificateId',
    ],
    [
      'no source of a certificate',
      { [`${certificate}.Properties`]: {} },
      'needs exactly one of CertificateId',
    ],
    [
      'another certificate',
      { [`${certificate}.Properties`]: { CertificateId: 'a'.repeat(64) } },
      `must be {"Ref": "${id}"}`,
    ],
    [
      'a PEM',
      { [`${certificate}.Properties`]: { CertificatePem: { Ref: country } } },
      'CertificatePem: is for RegisterThing',
    ],
    [
      'a CA without PEM',
      { [`${certificate}.Properties.CACertificatePem`]: 'x' },
      'belongs to CertificatePem only',
    ],
    [
      'a policy by nothing',
      { [`${policy}.Properties`]: {} },
      'needs PolicyName (of an existing policy) or PolicyDocument, got neither',
    ],
    ['a policy by both', { [`${policy}.Properties.PolicyName`]: 'lamps' }, 'not both'],
    ['a bad policy name', { [`${policy}.Properties`]: { PolicyName: 'a b' } }, '"a b" is not a policy name'],
    ['a policy that is a list', { [document]: [] }, 'PolicyDocument: must be an object, got a list'],
    ['a policy that is not JSON', { [document]: '{' }, 'PolicyDocument: the policy is not JSON'],
    [
      'a policy with a wrong effect',
      { [document]: { ...allow, Statement: [{ Effect: 'Alow', Action: '*', Resource: '*' }] } },
      'Statement[0].Effect must be "Allow" or "Deny", got "Alow"',
    ],
    [
      'a policy that is too long',
      { [document]: { ...allow, Statement: [{ Effect: 'Allow', Action: '*', Resource: 'x'.repeat(2048) }] } },
      'a policy has at most 2048',
    ],
    [
      'a parameter as the whole policy',
      { [document]: { Ref: country } },
      'a value may only stand inside a string',
    ],
    [
      'a parameter as effect',
      { [document]: { ...allow, Statement: [{ Effect: { Ref: country }, Action: '*', Resource: '*' }] } },
      'may stand in Resource, NotResource, and Condition only',
    ],
    [
      'a parameter as action',
      {
        [document]: { ...allow, Statement: [{ Effect: 'Allow', Action: [{ Ref: country }], Resource: '*' }] },
      },
      'may stand in Resource, NotResource, and Condition only',
    ],
    [
      'a parameter as a name',
      { [document]: { 'Fn::Sub': `{"Version":"2012-10-17","\${${country}}":[]}` } },
      'may not stand in the name of a member',
    ],
    [
      'a parameter outside a string',
      { [document]: { 'Fn::Sub': `{"Version":"2012-10-17","Statement":\${${country}}}` } },
      'a value may only stand inside a string',
    ],
    [
      'a parameter nobody fills in',
      {
        'Parameters.Serial': { Type: 'String' },
        [`${thing}.Properties.ThingName`]: { Ref: 'Serial' },
      },
      'Parameters.Serial: can have no value: just-in-time provisioning fills in AWS::IoT::Certificate::Country',
    ],
    [
      'a parameter that is a number',
      { 'Parameters.Serial': { Type: 'Number', Default: '1' } },
      'Parameters.Serial.Type: must be "String", got "Number"',
    ],
    ['a parameter without type', { 'Parameters.Serial': {} }, 'Parameters.Serial.Type: must be text'],
    [
      'a default that is no text',
      { 'Parameters.Serial': { Type: 'String', Default: 7 } },
      'Parameters.Serial.Default: must be text, got 7',
    ],
    [
      'a nested device configuration',
      { DeviceConfiguration: { a: { b: 'c' } } },
      'DeviceConfiguration.a: must be text or a function',
    ],
    [
      'a policy without certificate',
      { [certificate]: undefined },
      'has a policy but no certificate',
      'REGISTER_THING',
    ],
    ['nothing at all', { Resources: {} }, 'Resources: is empty', 'REGISTER_THING'],
  ])('that has %s', (_, changes, message, kind) => {
    expect(() => parse(template(changes), kind)).toThrow(message)
    expect(() => parse(template(changes), kind)).toThrow(TemplateError)
  })

  it.each([
    ['empty', '', 'template: is not JSON'],
    ['not JSON', '{"Resources": {', 'line 1'],
    ['a list', '[]', 'template: must be an object, got a list'],
    ['too long', JSON.stringify(template()) + ' '.repeat(10_240), 'at most 10240 are allowed'],
    ['nested without end', `{"Resources":${'['.repeat(3000)}`, 'nests deeper'],
    ['ambiguous', '{"Resources":{},"Resources":{}}', 'stands twice'],
  ])('that is %s', (_, body, message) => {
    expect(() => parse(body)).toThrow(message)
  })
})

/** The template without the changes that do not fit together. */
function fitting(changes: Record<string, unknown>) {
  try {
    return template(changes)
  } catch {
    return template()
  }
}

describe('whatever is given as a template', () => {
  const parameters = new Map([
    [id, 'a'.repeat(64)],
    [country, '*'],
    ['X', '${iot:ClientId}'],
  ])
  const isRefusedOrPlanned = (body: string, kind: TemplateKind) => {
    try {
      return planProvisioning(parseTemplate(body, kind), parameters).policies.length >= 0
    } catch (error) {
      if (error instanceof TemplateError) return true
      throw error
    }
  }
  const kinds = fc.constantFrom<TemplateKind>('JITP', 'FLEET_PROVISIONING', 'REGISTER_THING')

  it('is refused as text or planned, and never crashes', () => {
    fc.assert(
      fc.property(fc.string(), kinds, (body, kind) => {
        expect(isRefusedOrPlanned(body, kind)).toBe(true)
      }),
    )
  })

  it('is refused as JSON or planned, and never crashes', () => {
    const words = fc.constantFrom(
      'Ref',
      'Fn::Join',
      'Fn::Sub',
      'Fn::Select',
      'Fn::Split',
      'Fn::FindInMap',
      '__proto__',
      'X',
      id,
    )
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 6 },
        words,
        fc.constantFrom('${X}', '${!X}', '', '1', 0, null, true),
        tie('list'),
        tie('object'),
      ),
      list: fc.array(tie('tree'), { maxLength: 3 }),
      object: fc.dictionary(words, tie('tree'), { maxKeys: 2 }),
    }))
    const places = fc.constantFrom(
      'Parameters',
      'Mappings',
      'DeviceConfiguration',
      'Resources',
      thing,
      certificate,
      policy,
      `${thing}.Properties.ThingName`,
      `${thing}.Properties.AttributePayload`,
      `${thing}.Properties.ThingGroups`,
      `${certificate}.Properties.Status`,
      document,
      `${thing}.OverrideSettings`,
    )
    const changes = fc.dictionary(places, tree, { maxKeys: 2 })
    fc.assert(
      fc.property(changes, kinds, (changed, kind) => {
        const given = { 'Parameters.X': { Type: 'String', Default: 'x' }, ...changed }
        expect(isRefusedOrPlanned(JSON.stringify(fitting(given)), kind)).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })

  it('takes __proto__ as a name like any other', () => {
    const body = JSON.stringify(template()).replace('"version"', '"__proto__"')
    const plan = planProvisioning(
      parse(body),
      new Map([
        [id, 'a'.repeat(64)],
        [country, 'DE'],
      ]),
    )
    expect(Object.entries(plan.thing!.attributes)).toEqual([
      ['__proto__', 'v1'],
      ['country', 'DE'],
    ])
  })
})
