import { describe, expect, it } from 'vitest'
import { accountId, allow, deny, openTestAccount, policy, start } from '../testing/test-account.ts'
import { readThings, refused, roleArn, statement, thing, userArn } from './testing/test-simulation.ts'

const string = (ContextKeyName: string, ...ContextKeyValues: string[]) => ({
  ContextKeyName,
  ContextKeyValues,
  ContextKeyType: 'string' as const,
})

/** The only result of a policy that is not there yet, on all resources. */
async function decide(statements: object[], more: object = {}, action = 'iot:DescribeThing') {
  await using account = await openTestAccount()
  const { EvaluationResults } = await account.iam('SimulateCustomPolicy', {
    PolicyInputList: [policy(...statements)],
    ActionNames: [action],
    ...more,
  })
  return EvaluationResults![0]!
}

describe('SimulateCustomPolicy', () => {
  it('names the statement that allows, and where it stands', async () => {
    expect(await decide([allow('iot:*')])).toEqual({
      EvalActionName: 'iot:DescribeThing',
      EvalResourceName: '*',
      EvalDecision: 'allowed',
      MatchedStatements: [
        statement(
          'PolicyInputList.1',
          { Line: 1, Column: 38 },
          { Line: 1, Column: readThings.length + 'iot:*'.length - 'iot:DescribeThing'.length - 1 },
        ),
      ],
      MissingContextValues: [],
    })
  })

  it.each<[string, object[], object, string]>([
    ['an action that nothing grants', [allow('iot:CreateThing')], {}, 'implicitDeny'],
    ['an action that a statement denies', [allow('*'), deny('iot:Describe*')], {}, 'explicitDeny'],
    ['all resources where one is granted', [allow('iot:*', thing('a'))], {}, 'implicitDeny'],
    [
      'a condition that does not hold',
      [allow('*', '*', { Condition: { DateLessThan: { 'aws:CurrentTime': start.toISOString() } } })],
      {},
      'implicitDeny',
    ],
    [
      'a value that is not the wanted one',
      [allow('*', '*', { Condition: { StringEquals: { 'aws:SourceVpc': 'a' } } })],
      { ContextEntries: [string('aws:sourcevpc', 'b')] },
      'implicitDeny',
    ],
    [
      'what the boundary leaves out',
      [allow('*')],
      { PermissionsBoundaryPolicyInputList: [policy(allow('iot:CreateThing'))] },
      'implicitDeny',
    ],
    [
      'what the boundary denies',
      [allow('*')],
      { PermissionsBoundaryPolicyInputList: [policy(allow('*'), deny('iot:DescribeThing'))] },
      'explicitDeny',
    ],
    [
      'what the boundary alone allows',
      [allow('s3:*')],
      { PermissionsBoundaryPolicyInputList: [policy(allow('*'))] },
      'implicitDeny',
    ],
  ])('denies %s', async (_, statements, more, decision) => {
    const { EvalDecision, MatchedStatements } = await decide(statements, more)
    expect(EvalDecision).toBe(decision)
    expect(MatchedStatements).toHaveLength(decision === 'explicitDeny' ? 1 : 0)
  })

  it('takes the time, and what the ARN of the caller says, unless the request says otherwise', async () => {
    const equals = (values: object) => [allow('*', '*', { Condition: { StringEquals: values } })]
    const CallerArn = `arn:aws:iam::${accountId}:user/a/b/ann`
    const known = {
      'aws:username': 'ann',
      'aws:PrincipalArn': CallerArn,
      'aws:PrincipalAccount': accountId,
      'aws:PrincipalType': 'User',
      'aws:CurrentTime': start.toISOString(),
      'aws:EpochTime': String(start.getTime() / 1000),
    }
    expect(await decide(equals(known), { CallerArn })).toMatchObject({ EvalDecision: 'allowed' })
    const other = await decide(equals(known), { CallerArn, ContextEntries: [string('AWS:UserName', 'bob')] })
    expect(other).toMatchObject({ EvalDecision: 'implicitDeny', MissingContextValues: [] })
    expect(await decide(equals(known))).toMatchObject({
      MissingContextValues: ['aws:PrincipalAccount', 'aws:PrincipalArn', 'aws:PrincipalType', 'aws:username'],
    })
  })

  it('takes several values of a list, and tells what had none', async () => {
    const Condition = {
      'ForAllValues:StringLike': { 'aws:TagKeys': 'a*' },
      Bool: { 'aws:SecureTransport': 'true' },
    }
    const entry = { ContextKeyName: 'aws:TagKeys', ContextKeyType: 'stringList' as const }
    const secure = {
      ContextKeyName: 'aws:SecureTransport',
      ContextKeyType: 'boolean' as const,
      ContextKeyValues: ['true'],
    }
    const ask = (values: string[], ...more: object[]) =>
      decide([allow('*', '*', { Condition })], {
        ContextEntries: [{ ...entry, ContextKeyValues: values }, ...more],
      })
    expect(await ask(['a1', 'a2'], secure)).toMatchObject({
      EvalDecision: 'allowed',
      MissingContextValues: [],
    })
    expect(await ask(['a1', 'b2'], secure)).toMatchObject({ EvalDecision: 'implicitDeny' })
    expect(await ask(['a1'])).toMatchObject({
      EvalDecision: 'implicitDeny',
      MissingContextValues: ['aws:SecureTransport'],
    })
  })

  it('tells of each resource, and of all together by the worst', async () => {
    const result = await decide([allow('iot:*', [thing('a'), thing('b')]), deny('iot:*', thing('b'))], {
      ResourceArns: [thing('a'), thing('b'), thing('c')],
      PermissionsBoundaryPolicyInputList: [policy(allow('*'))],
    })
    const boundary = { PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: true } }
    const of = (name: string, EvalResourceDecision: string, count: number) => ({
      EvalResourceName: thing(name),
      EvalResourceDecision,
      MatchedStatements: Array(count).fill(statement('PolicyInputList.1')),
      MissingContextValues: [],
      ...boundary,
    })
    expect(result).toEqual({
      EvalActionName: 'iot:DescribeThing',
      EvalResourceName: '*',
      EvalDecision: 'explicitDeny',
      MatchedStatements: [],
      MissingContextValues: [],
      EvalDecisionDetails: {},
      ResourceSpecificResults: [
        of('a', 'allowed', 1),
        of('b', 'explicitDeny', 1),
        of('c', 'implicitDeny', 0),
      ],
      ...boundary,
    })
    const single = await decide([allow('iot:*', thing('${aws:username}'))], { ResourceArns: [thing('a')] })
    expect(single).toMatchObject({
      EvalResourceName: thing('a'),
      EvalDecision: 'implicitDeny',
      MissingContextValues: [],
      ResourceSpecificResults: [{ MissingContextValues: ['aws:username'] }],
    })
  })

  it('gives the actions in pages', async () => {
    await using account = await openTestAccount()
    const ActionNames = Array.from({ length: 12 }, (_, index) => `iot:Action${index}`)
    const input = { PolicyInputList: [policy(allow('*'))], ActionNames }
    const first = await account.iam('SimulateCustomPolicy', { ...input, MaxItems: 11 })
    expect(first.EvaluationResults?.map((one) => one.EvalActionName)).toEqual(ActionNames.slice(0, 11))
    expect(first.IsTruncated).toBe(true)
    const second = await account.iam('SimulateCustomPolicy', { ...input, Marker: first.Marker })
    expect(second).toMatchObject({
      IsTruncated: false,
      EvaluationResults: [{ EvalActionName: 'iot:Action11' }],
    })
  })

  it.each<[string, object, RegExp]>([
    ['no action', { ActionNames: [] }, /at least one action/],
    ['an action without a service', { ActionNames: ['DescribeThing'] }, /got DescribeThing/],
    ['an action with a wildcard', { ActionNames: ['iot:*'] }, /got iot:\*/],
    ['a resource that is no ARN', { ResourceArns: ['lamp'] }, /valid ARN format: lamp/],
    [
      'a document that is none',
      { PolicyInputList: [readThings, '{}'] },
      /^PolicyInputList\.2: Statement must/,
    ],
    [
      'two boundaries',
      { PermissionsBoundaryPolicyInputList: [readThings, readThings] },
      /takes one policy, got 2/,
    ],
    ['a boundary that is none', { PermissionsBoundaryPolicyInputList: ['['] }, /^PermissionsBoundary/],
    ['a role as the caller', { CallerArn: roleArn }, /must be the ARN of an IAM user/],
    ['a caller of another account', { CallerArn: 'arn:aws:iam::111122223333:user/ann' }, /of this account/],
    ['a policy of a resource', { ResourcePolicy: readThings }, /^ResourcePolicy is not supported/],
    ['an owner of resources', { ResourceOwner: userArn }, /^ResourceOwner is not supported/],
    ['a scenario of EC2', { ResourceHandlingOption: 'EC2-VPC-EBS' }, /not supported/],
    ['an entry without a value', { ContextEntries: [{ ContextKeyName: 'aws:x' }] }, /for aws:x has not/],
    ['an entry without a name', { ContextEntries: [{ ContextKeyValues: ['x'] }] }, /without a name has not/],
    ['two values of one', { ContextEntries: [string('aws:x', 'a', 'b')] }, /takes one value, aws:x has 2/],
    ...(
      [
        ['numeric', 'one'],
        ['booleanList', 'yes'],
        ['ip', '1.2.3'],
        ['date', 'tomorrow'],
        ['binary', '?'],
      ] as const
    ).map(([ContextKeyType, value]): [string, object, RegExp] => [
      `${value} as ${ContextKeyType}`,
      { ContextEntries: [{ ContextKeyName: 'aws:x', ContextKeyType, ContextKeyValues: [value] }] },
      /of aws:x is not of the type/,
    ]),
    [
      'more than can be compared',
      {
        ActionNames: Array(1000).fill('iot:DescribeThing'),
        ResourceArns: Array(501).fill(thing('a')),
      },
      /at most 500000 .*has 501000/,
    ],
  ])('refuses %s', async (_, input, message) => {
    await expect(decide([allow('*')], input)).rejects.toThrow(refused('InvalidInputException', message))
  })

  it('is for those alone who may simulate', async () => {
    await using account = await openTestAccount()
    const input = { PolicyInputList: [readThings], ActionNames: ['iot:DescribeThing'] }
    const caller = await account.signIn('eve', allow('iam:SimulatePrincipalPolicy'))
    await expect(account.iam('SimulateCustomPolicy', input, caller)).rejects.toThrow(
      refused('AccessDeniedException'),
    )
    const other = await account.signIn('ann', allow('iam:SimulateCustomPolicy'))
    expect(await account.iam('SimulateCustomPolicy', input, other)).toMatchObject({ IsTruncated: false })
  })
})
