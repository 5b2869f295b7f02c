/** Who makes something that has tags from the beginning tags it: no right to make things is a right to tag them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { getModel } from '../../src/api/aws/model.ts'
import { offeredPermissions } from '../../src/server/offered-services.ts'
import { openAccount, type Account, type Service } from './account.ts'
import { allowAll, trust, zip } from './documents.ts'
import { sharedRole } from './resources.ts'
import { isDenied } from './walk.ts'

let account: Account
beforeAll(async () => {
  account = await openAccount()
})
afterAll(() => account[Symbol.asyncDispose]())

interface Making {
  /** Any of them is enough. */
  actions: readonly string[]
  input: (name: string) => Promise<object> | object
}

const Tags = [{ Key: 'team', Value: 'a' }]

const makings: Record<string, Making> = {
  'iam CreateUser': { actions: ['iam:TagUser'], input: (UserName) => ({ UserName, Tags }) },
  'iam CreateRole': {
    actions: ['iam:TagRole'],
    input: (RoleName) => ({ RoleName, Tags, AssumeRolePolicyDocument: trust(account.accountId) }),
  },
  'iam CreatePolicy': {
    actions: ['iam:TagPolicy'],
    input: (PolicyName) => ({ PolicyName, Tags, PolicyDocument: allowAll }),
  },
  'lambda CreateFunction': {
    actions: ['lambda:TagResource'],
    input: async (FunctionName) => ({
      FunctionName,
      Role: await sharedRole(account),
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Code: { ZipFile: zip },
      Tags: { team: 'a' },
    }),
  },
  'logs CreateLogGroup': {
    actions: ['logs:TagResource', 'logs:TagLogGroup'],
    input: (logGroupName) => ({ logGroupName, tags: { team: 'a' } }),
  },
}

const refused = new Set(['iam CreateVirtualMFADevice', 'sts AssumeRole', 'organizations CreateAccount'])

const taking = Object.entries(offeredPermissions).flatMap(([service, permissions]) =>
  Object.keys(permissions)
    .filter((operation) => !/^(?:Tag|Untag)/.test(operation) && takesTags(service as Service, operation))
    .map((operation) => `${service} ${operation}`),
)

function takesTags(service: Service, operation: string): boolean {
  const input = getModel(service).operations.get(operation)?.input
  return [...(input?.members.keys() ?? [])].some((name) => /^tags$/i.test(name))
}

it('is known of every operation that takes tags; AWS IoT knows them by condition keys alone', () => {
  const others = taking.filter((one) => !one.startsWith('iot ') && !refused.has(one))
  expect(others.toSorted()).toEqual(Object.keys(makings).toSorted())
})

describe.each(Object.entries(makings))('%s', (one, { actions, input }) => {
  const [service, operation] = one.split(' ') as [Service, string]
  let count = 0
  const attempt = async (isTagged: boolean) => {
    const members = Object.entries(await input(`made-${++count}`))
    const given = members.filter(([name]) => isTagged || !/^tags$/i.test(name))
    return account.attempt({ service, operation, input: Object.fromEntries(given) })
  }
  const everything = { Effect: 'Allow', Action: '*', Resource: '*' }
  const deny = (...Action: string[]) => ({ Effect: 'Deny', Action, Resource: '*' })

  it('with tags is denied to who may not tag, and without them is not', async () => {
    await account.permit(everything, deny(...actions))
    expect(await attempt(true)).toSatisfy(isDenied)
    expect(await attempt(false)).toHaveProperty('output')
  })

  it.each(actions)('with tags is allowed to who may do %s', async (action) => {
    const others = actions.filter((other) => other !== action)
    await account.permit(everything, ...(others.length > 0 ? [deny(...others)] : []))
    expect(await attempt(true)).toHaveProperty('output')
  })
})
