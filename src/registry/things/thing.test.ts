import { describe, expect, it } from 'vitest'
import { applyAttributes, parseAttributes, serializeAttributes } from './attributes.ts'
import { resourceName } from './resource-name.ts'
import { decideAttachment, principalId, type PrincipalThing } from './thing-principal.ts'
import { checkThingAttributes, checkThingName, checkVersion } from './thing.ts'

const refusal = (code: string) => expect.objectContaining({ code })
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`a${n}`, 'x']))

describe('thing names', () => {
  it.each(['lamp-1', 'a:b_c', 'x'.repeat(128)])('takes %j', (name) => {
    expect(() => checkThingName(name)).not.toThrow()
  })

  it.each([
    '',
    '*',
    '+',
    '#',
    '${iot:ClientId}',
    '../../x',
    'a b',
    'ä',
    'a\n',
    'x'.repeat(129),
    'x'.repeat(10_240),
  ])('refuses %j, which a certificate may carry as its common name', (name) => {
    expect(() => checkThingName(name)).toThrow(refusal('InvalidRequestException'))
  })

  it('shows only the beginning of a long name', () => {
    expect(() => checkThingName('x'.repeat(10_240))).toThrow(/got "x{60}\.\.\."$/)
  })
})

describe('attributes', () => {
  it.each([
    ['replaces all of them', { a: '1' }, { b: '2' }, false, { b: '2' }],
    ['keeps the others when merging', { a: '1', b: '2' }, { b: '3' }, true, { a: '1', b: '3' }],
    ['takes away by an empty value when merging', { a: '1', b: '2' }, { a: '' }, true, { b: '2' }],
    ['does not store an empty value', {}, { a: '', b: '2' }, false, { b: '2' }],
    ['clears them by an empty payload', { a: '1' }, {}, false, {}],
  ])('%s', (_, current, given, merge, result) => {
    expect(applyAttributes(current, given, merge)).toEqual(result)
  })

  it('a name that objects have by themselves is a name like any other', () => {
    const given = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>
    const kept = parseAttributes(serializeAttributes(applyAttributes({}, given, true)))
    expect(new Map(Object.entries(kept))).toEqual(
      new Map([
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ]),
    )
  })

  it('equal attributes have equal texts, in whatever order they came', () => {
    expect(serializeAttributes({ b: '2', a: '1' })).toBe(serializeAttributes({ a: '1', b: '2' }))
  })

  it.each([
    ['three without a type', many(3), undefined],
    ['fifty with a type', many(50), 'Lamp'],
  ])('%s are allowed', (_, attributes, type) => {
    expect(() => checkThingAttributes(attributes, type)).not.toThrow()
  })

  it.each([
    ['four without a type', many(4), undefined],
    ['fifty-one with a type', many(51), 'Lamp'],
    ['a name with a space', { 'a b': 'x' }, undefined],
    ['a name of 129 characters', { ['n'.repeat(129)]: 'x' }, undefined],
    ['a value with a space', { a: 'x y' }, undefined],
    ['a value with a policy variable', { a: '${iot:ClientId}' }, undefined],
    ['a value of 801 characters', { a: 'x'.repeat(801) }, undefined],
  ])('%s are refused', (_, attributes, type) => {
    expect(() => checkThingAttributes(attributes, type)).toThrow(refusal('InvalidRequestException'))
  })
})

describe('versions', () => {
  it('a caller who expects nothing, or the current version, may go on', () => {
    expect(() => checkVersion('thing a', 3, undefined)).not.toThrow()
    expect(() => checkVersion('thing a', 3, 3)).not.toThrow()
  })

  it.each([0, 2, 4])('expecting version %i of version 3 is a conflict', (expected) => {
    expect(() => checkVersion('thing a', 3, expected)).toThrow(refusal('VersionConflictException'))
  })
})

describe('attaching a principal to the thing "mine"', () => {
  const exclusive = (thingName: string): PrincipalThing => ({
    thingName,
    thingPrincipalType: 'EXCLUSIVE_THING',
  })
  const shared = (thingName: string): PrincipalThing => ({
    thingName,
    thingPrincipalType: 'NON_EXCLUSIVE_THING',
  })

  it.each([
    ['that has no thing', undefined, [], true],
    ['that has no thing, exclusively', 'EXCLUSIVE_THING', [], true],
    ['that shares another thing', 'NON_EXCLUSIVE_THING', [shared('other')], true],
    ['that shares other things, in no particular way', undefined, [shared('a'), shared('b')], true],
    ['once more', 'NON_EXCLUSIVE_THING', [shared('mine')], false],
    ['once more among others', undefined, [shared('a'), shared('mine')], false],
    ['once more, exclusively', 'EXCLUSIVE_THING', [exclusive('mine')], false],
    ['that has it exclusively, in no particular way', undefined, [exclusive('mine')], false],
  ] as const)('%s: success', (_, type, attached, writes) => {
    expect(decideAttachment('mine', type, attached)).toBe(writes)
  })

  it.each([
    ['another thing has it exclusively', undefined, [exclusive('other')], /exclusively to thing other/],
    [
      'another thing has it exclusively too',
      'EXCLUSIVE_THING',
      [exclusive('other')],
      /exclusively to thing other/,
    ],
    ['exclusive, but another thing has it', 'EXCLUSIVE_THING', [shared('other')], /attached to thing other/],
    ['exclusive, but others have it', 'EXCLUSIVE_THING', [shared('a'), shared('b')], /attached to thing a/],
    ['from shared to exclusive', 'EXCLUSIVE_THING', [shared('mine')], /detach it/],
    ['from exclusive to shared', 'NON_EXCLUSIVE_THING', [exclusive('mine')], /detach it/],
  ] as const)('%s: refused', (_, type, attached, message) => {
    const attach = () => decideAttachment('mine', type, attached)
    expect(attach).toThrow(refusal('InvalidRequestException'))
    expect(attach).toThrow(message)
  })

  it.each([
    ['arn:aws:iot:us-east-1:111122223333:cert/ab12', 'ab12'],
    ['arn:aws:iot:us-east-1:111122223333:thing/ab12', 'arn:aws:iot:us-east-1:111122223333:thing/ab12'],
    ['us-east-1:identity', 'us-east-1:identity'],
  ])('the id of principal %s is %s', (principal, id) => {
    expect(principalId(principal)).toBe(id)
  })
})

describe('a thing group by name or ARN', () => {
  const scope = { accountId: '111122223333', region: 'us-east-1' }
  const arn = 'arn:aws:iot:us-east-1:111122223333:thinggroup/hall'

  it.each([
    ['its name', { name: 'hall' }],
    ['its ARN', { arn }],
    ['both', { name: 'hall', arn }],
  ])('is found by %s', (_, named) => {
    expect(resourceName({ kind: 'thinggroup', scope, ...named })).toBe('hall')
  })

  it.each([
    ['neither', {}],
    ['a name and another ARN', { name: 'yard', arn }],
    ['the ARN of a thing', { arn: 'arn:aws:iot:us-east-1:111122223333:thing/hall' }],
    ['an ARN of another account', { arn: 'arn:aws:iot:us-east-1:444455556666:thinggroup/hall' }],
    ['an ARN of another region', { arn: 'arn:aws:iot:us-east-2:111122223333:thinggroup/hall' }],
    ['an ARN of another service', { arn: 'arn:aws:iam:us-east-1:111122223333:thinggroup/hall' }],
    ['an ARN without a name', { arn: 'arn:aws:iot:us-east-1:111122223333:thinggroup/' }],
    ['no ARN at all', { arn: 'hall' }],
  ])('is refused by %s', (_, named) => {
    expect(() => resourceName({ kind: 'thinggroup', scope, ...named })).toThrow(
      refusal('InvalidRequestException'),
    )
  })
})
