/** Policies of a few statements and what they say to a request, for the tests of this folder. */
import {
  compilePolicy,
  evaluatePolicies,
  lookupIn,
  parsePolicyDocument,
  type PolicyDialect,
} from '../index.ts'

export type Values = Record<string, string | string[]>

export const compile = (
  statements: object | object[],
  { dialect = 'iot' as PolicyDialect, version = '2012-10-17', name = 'p' } = {},
) =>
  compilePolicy(
    parsePolicyDocument(JSON.stringify({ Version: version, Statement: statements }), dialect),
    name,
  )

export const request = (action: string, resource: string, values: Values = {}) => ({
  action,
  resource,
  lookup: lookupIn(values),
})

export const topic = (name: string) => `arn:aws:iot:us-east-1:111122223333:topic/${name}`

export const decide = (
  statements: object | object[],
  action: string,
  resource: string,
  values: Values = {},
) => evaluatePolicies([compile(statements)], request(action, resource, values)).effect

export const granted = (pattern: string, resource: string, values: Values = {}) =>
  decide({ Effect: 'Allow', Action: 'iot:Publish', Resource: pattern }, 'iot:Publish', resource, values) ===
  'allow'
