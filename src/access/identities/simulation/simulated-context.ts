/** What simulated policies can ask for. Source: IAM API Reference, "ContextEntry". */
import type * as Iam from '@aws-sdk/client-iam'
import { iamError } from '../../../api/aws/errors.ts'
import { isValueOfKind, lookupIn, type Lookup, type ValueKind } from '../../policies/index.ts'

/** The user or role that is thought to ask. */
export interface SimulatedCaller {
  arn: string
  accountId: string
  kind: 'user' | 'role'
  name: string
  /** Unknown of a user of whom nothing but the ARN is. */
  identityId?: string
}

const principalType = { user: 'User', role: 'AssumedRole' }

/**
 * What the request says goes first; else the time, and what the ARN of the caller tells of it. Tags of the caller are
 * nobody's to find out here, who may not list them.
 * @throws {AwsError} `InvalidInputException`
 */
export function simulatedLookup(
  entries: readonly Iam.ContextEntry[],
  caller: SimulatedCaller | undefined,
  now: Date,
): Lookup {
  const given: Record<string, string | string[]> = Object.create(null)
  for (const entry of entries) {
    const { name, value } = readEntry(entry)
    given[name] = value
  }
  const known = lookupIn({
    'aws:CurrentTime': now.toISOString(),
    'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
    'aws:PrincipalArn': caller?.arn,
    'aws:PrincipalAccount': caller?.accountId,
    'aws:PrincipalType': caller && principalType[caller.kind],
    'aws:username': caller?.kind === 'user' ? caller.name : undefined,
    'aws:userid': caller?.kind === 'user' ? caller.identityId : undefined, // a role's has a session's name in it
  })
  const told = lookupIn(given)
  return (name) => told(name) ?? known(name)
}

function readEntry(entry: Iam.ContextEntry): { name: string; value: string | string[] } {
  const { ContextKeyName: name, ContextKeyValues: values = [], ContextKeyType: type } = entry
  if (name === undefined || type === undefined || values.length === 0)
    throw iamError(
      'InvalidInputException',
      `A context entry must have ContextKeyName, ContextKeyType, and ContextKeyValues; one ${name === undefined ? 'without a name' : `for ${name}`} has not.`,
    )
  const isList = type.endsWith('List')
  const kind = (isList ? type.slice(0, -'List'.length) : type) as ValueKind
  const wrong = values.find((value) => !isValueOfKind(kind, value))
  if (wrong !== undefined)
    throw iamError('InvalidInputException', `The value ${wrong} of ${name} is not of the type ${type}.`)
  if (isList) return { name, value: values }
  const [value, ...more] = values
  if (value === undefined || more.length > 0)
    throw iamError(
      'InvalidInputException',
      `The type ${type} takes one value, ${name} has ${values.length}; several are of the type ${type}List.`,
    )
  return { name, value }
}
