import { describe, it } from 'vitest'
import { allow, country, document, expectRefusal, policy, type Refusal } from './testing/test-templates.ts'

describe('a template is refused with the place', () => {
  it.each<Refusal>([
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
  ])('that has %s', (_, changes, message, kind) => expectRefusal(changes, message, kind))
})
