import { describe, it } from 'vitest'
import { expectRefusal, id, thing, type Refusal } from './testing/test-templates.ts'

describe('a template is refused with the place', () => {
  it.each<Refusal>([
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
  ])('that has %s', (_, changes, message, kind) => expectRefusal(changes, message, kind))
})
