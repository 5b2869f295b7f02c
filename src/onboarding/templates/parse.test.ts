import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTemplate, type TemplateKind } from './parse.ts'
import { planProvisioning } from './plan.ts'
import { TemplateError } from './template-error.ts'
import {
  allow,
  certificate,
  country,
  document,
  id,
  parse,
  policy,
  template,
  thing,
} from './testing/test-templates.ts'

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
