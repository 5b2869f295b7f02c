import { describe, it } from 'vitest'
import {
  certificate,
  country,
  expectRefusal,
  id,
  policy,
  template,
  thing,
  type Refusal,
} from './testing/test-templates.ts'

describe('a template is refused with the place', () => {
  it.each<Refusal>([
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
  ])('that has %s', (_, changes, message, kind) => expectRefusal(changes, message, kind))
})
