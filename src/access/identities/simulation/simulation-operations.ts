/**
 * The policy simulator of IAM. Sources: IAM API Reference, "SimulatePrincipalPolicy" and "SimulateCustomPolicy"; IAM User
 * Guide, "IAM policy testing with the IAM policy simulator".
 */
import type * as Iam from '@aws-sdk/client-iam'
import { iamError } from '../../../api/aws/errors.ts'
import type { Operations } from '../../../api/aws/operations.ts'
import { parseArn } from '../../../lib/arn.ts'
import type { IdentitiesDeps } from '../commit-change.ts'
import type { Identity } from '../entities/identity.ts'
import { pageOf } from '../entities/page.ts'
import { simulateAction, type Simulated } from './simulate.ts'
import { simulatedLookup, type SimulatedCaller } from './simulated-context.ts'
import { getSource, loadSimulatedPolicies, readInputPolicies } from './simulated-policies.ts'

/** Statements compared with requests, in all: some tenths of a second. */
const maxComparisons = 500_000

export function simulationOperations({ store, now }: Pick<IdentitiesDeps, 'store' | 'now'>) {
  return {
    async SimulatePrincipalPolicy(input, { accountId }) {
      checkSimulable(input)
      const source = await getSource(store.read, accountId, input.PolicySourceArn)
      const own = await loadSimulatedPolicies(store.read, source)
      const caller = findCaller(input, accountId) ?? toCaller(source)
      return simulateAll(input, {
        granted: [...own.granted, ...readInputPolicies(input.PolicyInputList ?? [], 'PolicyInputList')],
        boundary: readBoundary(input) ?? own.boundary,
        lookup: simulatedLookup(input.ContextEntries ?? [], caller, now()),
      })
    },

    async SimulateCustomPolicy(input, { accountId }) {
      checkSimulable(input)
      return simulateAll(input, {
        granted: readInputPolicies(input.PolicyInputList, 'PolicyInputList'),
        boundary: readBoundary(input),
        lookup: simulatedLookup(input.ContextEntries ?? [], findCaller(input, accountId), now()),
      })
    },
  } satisfies Partial<Operations<typeof Iam>>
}

/** What both operations take. */
interface SimulationInput {
  ActionNames: string[]
  ResourceArns?: string[] | undefined
  PermissionsBoundaryPolicyInputList?: string[] | undefined
  CallerArn?: string | undefined
  ResourcePolicy?: string | undefined
  ResourceOwner?: string | undefined
  ResourceHandlingOption?: string | undefined
  Marker?: string | undefined
  MaxItems?: number | undefined
}

function simulateAll(input: SimulationInput, simulated: Simulated) {
  const resources = resourcesOf(input)
  const policies = [...simulated.granted, ...(simulated.boundary ?? [])]
  const statements = policies.reduce((sum, { compiled }) => sum + compiled.statements.length, 0)
  const comparisons = statements * resources.length * input.ActionNames.length
  if (comparisons > maxComparisons)
    throw invalidInput(
      `A simulation compares at most ${maxComparisons} statements with requests, this one has ${comparisons}: ` +
        `${statements} statements, ${input.ActionNames.length} actions, ${resources.length} resources.`,
    )
  const numbered = input.ActionNames.map((action, index) => ({ action, key: String(index).padStart(6, '0') }))
  const { rows, page } = pageOf(numbered, ({ key }) => key, input)
  return {
    EvaluationResults: rows.map(({ action }) => simulateAction(simulated, action, resources)),
    ...page,
  }
}

const resourcesOf = ({ ResourceArns = [] }: SimulationInput) =>
  ResourceArns.length > 0 ? ResourceArns : ['*']

/** @throws {AwsError} `InvalidInputException` for what names nothing, and for what is not simulated */
function checkSimulable(input: SimulationInput): void {
  const { ResourcePolicy, ResourceOwner, ResourceHandlingOption } = input
  const absent = Object.entries({ ResourcePolicy, ResourceOwner, ResourceHandlingOption }).find(
    ([, value]) => value !== undefined,
  )
  if (absent) throw invalidInput(`${absent[0]} is not supported: only policies of identities are simulated.`)
  if (input.ActionNames.length === 0) throw invalidInput('ActionNames must hold at least one action.')
  const action = input.ActionNames.find((name) => !/^[a-z\d-]+:[a-z\d]+$/i.test(name))
  if (action !== undefined)
    throw invalidInput(`ActionNames must be a service and an action such as iot:Publish, got ${action}.`)
  const resource = resourcesOf(input).find((arn) => arn !== '*' && !parseArn(arn))
  if (resource !== undefined) throw invalidInput(`ResourceNames are not in a valid ARN format: ${resource}.`)
}

/** @throws {AwsError} `InvalidInputException` for more than one, and for one that is no policy */
function readBoundary({ PermissionsBoundaryPolicyInputList: documents = [] }: SimulationInput) {
  if (documents.length > 1)
    throw invalidInput(`PermissionsBoundaryPolicyInputList takes one policy, got ${documents.length}.`)
  return documents.length === 0
    ? undefined
    : readInputPolicies(documents, 'PermissionsBoundaryPolicyInputList')
}

/**
 * Of a user that is named as the caller nothing is known but the ARN.
 * @throws {AwsError} `InvalidInputException` for what is no ARN of a user of the account
 */
function findCaller({ CallerArn }: SimulationInput, accountId: string): SimulatedCaller | undefined {
  if (CallerArn === undefined) return undefined
  const parsed = parseArn(CallerArn)
  const name = /^user\/(?:.*\/)?([^/]+)$/.exec(parsed?.resource ?? '')?.[1]
  if (parsed?.service !== 'iam' || parsed.accountId !== accountId || name === undefined)
    throw invalidInput(`CallerArn must be the ARN of an IAM user of this account, got ${CallerArn}.`)
  return { arn: CallerArn, accountId, kind: 'user', name }
}

function toCaller({ arn, accountId, kind, name, identityId }: Identity): SimulatedCaller | undefined {
  return kind === 'group' ? undefined : { arn, accountId, kind, name, identityId }
}

const invalidInput = (message: string) => iamError('InvalidInputException', message)
