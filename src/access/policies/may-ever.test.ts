import { expect, it } from 'vitest'
import { compilePolicy } from './compile.ts'
import { evaluatePolicies } from './evaluate.ts'
import { lookupIn } from './lookup.ts'
import { mayEverBeAllowed } from './may-ever.ts'
import { parsePolicyDocument } from './parse.ts'

const allow = (Action: string, more: object = {}) => ({ Effect: 'Allow', Action, Resource: '*', ...more })
const deny = (Action: string, more: object = {}) => ({ Effect: 'Deny', Action, Resource: '*', ...more })
const lamp = { Resource: 'arn:aws:iot:us-east-1:000000000000:thing/lamp' }
const fromHome = { Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } }

it.each<[string, object[], boolean]>([
  ['granted', [allow('iot:CreateThing')], true],
  ['granted by a pattern', [allow('iot:Create*')], true],
  ['granted for one resource', [allow('iot:CreateThing', lamp)], true],
  ['granted under a condition', [allow('iot:CreateThing', fromHome)], true],
  ['granted for one resource, denied for another', [allow('iot:*'), deny('iot:*', lamp)], true],
  ['not granted', [allow('iot:List*')], false],
  ['not granted by any statement', [], false],
  ['denied', [allow('iot:*'), deny('iot:CreateThing')], false],
])('an action that is %s', (_title, statements, expected) => {
  const document = JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.length > 0 ? statements : [deny('iot:DeleteThing')],
  })
  const policy = compilePolicy(parsePolicyDocument(document, 'identity'), 'p')
  const request = { action: 'iot:CreateThing', resource: '*', lookup: lookupIn({}) }
  expect(mayEverBeAllowed(evaluatePolicies([policy], request))).toBe(expected)
})
