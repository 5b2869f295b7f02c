import { describe, expect, it } from 'vitest'
import { createThing, iam, publish, read, type Call } from './testing/test-calls.ts'
import { MalformedRequestError } from './wire.ts'

describe('an input is read', () => {
  it.each<[string, Call, object]>([
    ['without a body', createThing(''), { thingName: 't' }],
    ['from null as absent', createThing('{"thingTypeName":null}'), { thingName: 't' }],
    [
      'without members that the model does not know',
      createThing('{"thingName":"x","a":[1]}'),
      { thingName: 't' },
    ],
    [
      'with whole numbers and truth from the query',
      { service: 'iot', target: '/things?maxResults=5&usePrefixAttributeValue=true' },
      {
        maxResults: 5,
        usePrefixAttributeValue: true,
      },
    ],
    [
      'with times from the query',
      {
        service: 'iot',
        target: '/audit/tasks?startTime=2026-01-02T03%3A04%3A05Z&endTime=1767323045.5',
      },
      { startTime: new Date('2026-01-02T03:04:05Z'), endTime: new Date('2026-01-02T03:04:05.5Z') },
    ],
    [
      'with JSON from a header',
      publish({ 'x-amz-mqtt5-user-properties': btoa('[{"a":"b"}]') }),
      {
        topic: 'a',
        userProperties: '[{"a":"b"}]',
      },
    ],
    [
      'with a list in a form',
      iam(
        'Action=TagRole&RoleName=r&Tags.member.2.Key=b&Tags.member.2.Value=&Tags.member.1.Key=a+b&Tags.member.1.Value=%2B',
      ),
      {
        RoleName: 'r',
        Tags: [
          { Key: 'a b', Value: '+' },
          { Key: 'b', Value: '' },
        ],
      },
    ],
    ['with an empty list in a form', iam('Action=TagRole&RoleName=r&Tags='), { RoleName: 'r', Tags: [] }],
    [
      'from the query string of a form without a body',
      { service: 'iam', target: '/?Action=GetRole&RoleName=r' },
      {
        RoleName: 'r',
      },
    ],
  ])('%s', (_title, call, input) => expect(read(call)).toEqual(input))

  it('keeps keys that mean something to JavaScript out of every prototype', () => {
    const body =
      '{"attributePayload":{"attributes":{"__proto__":"x","constructor":"y"}},"__proto__":{"thingTypeName":"z"}}'
    const { attributePayload, ...rest } = read(createThing(body)) as {
      attributePayload: { attributes: object }
    }
    const { attributes } = attributePayload
    expect(rest).toEqual({ thingName: 't' })
    expect(Object.getPrototypeOf(attributes)).toBe(null)
    expect(Object.entries(attributes)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
  })
})

describe('an input is refused as malformed', () => {
  it.each<[string, Call, string]>([
    ['JSON that is cut off', createThing('{"a"'), 'the body is not JSON'],
    ['JSON that is a list', createThing('[]'), 'the body must be an object, got a list'],
    ['JSON that is text', createThing('"a"'), 'the body must be an object, got a string'],
    [
      'bytes that are no UTF-8',
      createThing(new Uint8Array([0x7b, 0xff, 0x7d])),
      'the body is not UTF-8 text',
    ],
    ['JSON of 65 levels', createThing(`${'['.repeat(65)}${']'.repeat(65)}`), 'nested deeper than 64 levels'],
    ['JSON of a million levels', createThing('{"a":'.repeat(1e6)), 'nested deeper than 64 levels'],
    [
      'a number for a string',
      createThing('{"thingTypeName":5}'),
      'thingTypeName must be a string, got a number',
    ],
    [
      'a string for a map',
      createThing('{"attributePayload":{"attributes":"a"}}'),
      'attributePayload.attributes must be an object, got a string',
    ],
    [
      'a list for a structure',
      createThing('{"attributePayload":[]}'),
      'attributePayload must be an object, got a list',
    ],
    [
      'an object in a map of strings',
      createThing('{"attributePayload":{"attributes":{"a":{}}}}'),
      'attributePayload.attributes.a must be a string, got an object',
    ],
    [
      'text for truth',
      createThing('{"attributePayload":{"merge":"true"}}'),
      'attributePayload.merge must be true or false, got a string',
    ],
    [
      'text for a number in the query',
      { service: 'iot', target: '/things?maxResults=5x' },
      'maxResults must be a whole number',
    ],
    [
      'an empty number in the query',
      { service: 'iot', target: '/things?maxResults=' },
      'maxResults must be a whole number',
    ],
    [
      'a number too large to be exact',
      { service: 'iot', method: 'DELETE', target: '/things/t?expectedVersion=9007199254740993' },
      'expectedVersion must be a whole number',
    ],
    [
      'a yes for truth in the query',
      { service: 'iot', target: '/things?usePrefixAttributeValue=yes' },
      'usePrefixAttributeValue must be true or false',
    ],
    [
      'words for a time',
      { service: 'iot', target: '/audit/tasks?startTime=May%201&endTime=1' },
      'startTime must be a time',
    ],
    [
      'a header that is no base64',
      publish({ 'x-amz-mqtt5-user-properties': '[]' }),
      'userProperties must be base64 text',
    ],
    [
      'a header whose base64 holds no JSON',
      publish({ 'x-amz-mqtt5-user-properties': btoa('{') }),
      'not JSON',
    ],
    ['a form that is badly encoded', iam('Action=GetRole&RoleName=%zz'), 'the form is not percent-encoded'],
    ['a form parameter of many levels', iam(`Action=GetRole&${'a.'.repeat(40)}=1`), 'more than 32 levels'],
    [
      'a form of many parameters',
      iam(`Action=GetRole${'&a=1'.repeat(10_000)}`),
      'more than 10000 parameters',
    ],
    [
      'a form with text for a number',
      iam('Action=ListRoles&MaxItems=ten'),
      'MaxItems must be a whole number',
    ],
  ])('%s', (_title, call, message) => {
    expect(() => read(call)).toThrow(MalformedRequestError)
    expect(() => read(call)).toThrow(message)
  })
})
