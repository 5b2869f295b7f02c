import { describe, expect, it } from 'vitest'
import { accountId, allow, deny, openTestAccount, policy, trusting } from '../testing/test-account.ts'
import { readThings, refused, roleArn, statement, thing, userArn } from './testing/test-simulation.ts'

/** A user with an inline policy, one of a group, and one of AWS; `more` is what the request says beside the action. */
async function simulateAnn(action: string, more: object = {}) {
  await using account = await openTestAccount()
  await account.signIn('ann', allow('iot:DescribeThing', thing('${aws:username}')))
  await account.iam('AttachUserPolicy', {
    UserName: 'ann',
    PolicyArn: 'arn:aws:iam::aws:policy/IAMUserChangePassword',
  })
  await account.iam('CreateGroup', { GroupName: 'staff' })
  await account.iam('AddUserToGroup', { GroupName: 'staff', UserName: 'ann' })
  const PolicyDocument = policy(allow('iot:CreateThing'), deny('iot:DeleteThing'))
  await account.iam('PutGroupPolicy', { GroupName: 'staff', PolicyName: 'makers', PolicyDocument })
  const { EvaluationResults } = await account.iam('SimulatePrincipalPolicy', {
    PolicySourceArn: userArn,
    ActionNames: [action],
    ...more,
  })
  return EvaluationResults![0]!
}

describe('SimulatePrincipalPolicy', () => {
  it.each<[string, string, object, string, string[]]>([
    ['an inline policy', 'iot:DescribeThing', { ResourceArns: [thing('ann')] }, 'allowed', ['user_ann_own']],
    ['a policy of a group', 'iot:CreateThing', {}, 'allowed', ['group_staff_makers']],
    ['a managed policy', 'iam:GetAccountPasswordPolicy', {}, 'allowed', ['IAMUserChangePassword']],
    [
      'a policy of the request',
      'iot:UpdateThing',
      { PolicyInputList: [policy(allow('iot:UpdateThing'))] },
      'allowed',
      ['PolicyInputList.1'],
    ],
    [
      'a denial, which goes before what the request allows',
      'iot:DeleteThing',
      { PolicyInputList: [policy(allow('*'))] },
      'explicitDeny',
      ['group_staff_makers'],
    ],
    ['no policy', 'iot:UpdateThing', {}, 'implicitDeny', []],
    [
      'no policy, on the thing of another',
      'iot:DescribeThing',
      { ResourceArns: [thing('bob')] },
      'implicitDeny',
      [],
    ],
    [
      'no policy, once the caller is another',
      'iot:DescribeThing',
      { ResourceArns: [thing('ann')], CallerArn: `arn:aws:iam::${accountId}:user/bob` },
      'implicitDeny',
      [],
    ],
  ])('names %s', async (_, action, more, decision, ids) => {
    const result = await simulateAnn(action, more)
    expect(result.EvalDecision).toBe(decision)
    expect(result.MatchedStatements).toEqual(ids.map((id) => statement(id)))
  })

  it('decides as a call is decided', async () => {
    await using account = await openTestAccount()
    const caller = await account.signIn('ann', allow('iot:*', thing('a*')))
    const PolicyDocument = policy(allow('iot:Describe*'), deny('iot:DescribeThing', thing('ab')))
    const { Policy } = await account.iam('CreatePolicy', { PolicyName: 'bound', PolicyDocument })
    await account.iam('PutUserPermissionsBoundary', { UserName: 'ann', PermissionsBoundary: Policy!.Arn! })
    const words = { allow: 'allowed', 'explicit-deny': 'explicitDeny', 'implicit-deny': 'implicitDeny' }
    for (const action of ['iot:DescribeThing', 'iot:CreateThing'])
      for (const resource of [thing('a'), thing('ab'), thing('b'), '*']) {
        const { EvaluationResults } = await account.iam('SimulatePrincipalPolicy', {
          PolicySourceArn: userArn,
          ActionNames: [action],
          ResourceArns: [resource],
        })
        const { effect } = await account.identities.decide(caller, { action, resource })
        expect([action, resource, EvaluationResults![0]!.EvalDecision]).toEqual([
          action,
          resource,
          words[effect],
        ])
      }
  })

  it('takes the boundary of the user, unless the request has another', async () => {
    await using account = await openTestAccount()
    await account.signIn('ann', allow('iot:*'))
    const { Policy } = await account.iam('CreatePolicy', { PolicyName: 'bound', PolicyDocument: readThings })
    await account.iam('PutUserPermissionsBoundary', { UserName: 'ann', PermissionsBoundary: Policy!.Arn! })
    const ask = (action: string, more: object = {}) =>
      account.iam('SimulatePrincipalPolicy', { PolicySourceArn: userArn, ActionNames: [action], ...more })
    const of = (EvalDecision: string, AllowedByPermissionsBoundary: boolean) => ({
      EvaluationResults: [
        { EvalDecision, PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary } },
      ],
    })
    expect(await ask('iot:DescribeThing')).toMatchObject(of('allowed', true))
    expect(await ask('iot:CreateThing')).toMatchObject(of('implicitDeny', false))
    const PermissionsBoundaryPolicyInputList = [policy(allow('iot:CreateThing'))]
    expect(await ask('iot:CreateThing', { PermissionsBoundaryPolicyInputList })).toMatchObject(
      of('allowed', true),
    )
  })

  it('knows roles and groups, and of a role no name', async () => {
    await using account = await openTestAccount()
    await account.iam('CreateRole', {
      RoleName: 'lamps',
      AssumeRolePolicyDocument: trusting({ Service: 'iot.amazonaws.com' }),
    })
    const equals = { Condition: { StringEquals: { 'aws:PrincipalArn': roleArn } } }
    const PolicyDocument = policy(
      allow('iot:CreateThing', '*', equals),
      allow('iot:*', thing('${aws:userid}')),
    )
    await account.iam('PutRolePolicy', { RoleName: 'lamps', PolicyName: 'own', PolicyDocument })
    const role = await account.iam('SimulatePrincipalPolicy', {
      PolicySourceArn: roleArn,
      ActionNames: ['iot:CreateThing'],
    })
    expect(role.EvaluationResults).toEqual([
      expect.objectContaining({
        MatchedStatements: [statement('role_lamps_own')],
        MissingContextValues: ['aws:userid'],
      }),
    ])
    await account.iam('CreateGroup', { GroupName: 'staff' })
    await account.iam('PutGroupPolicy', { GroupName: 'staff', PolicyName: 'own', PolicyDocument })
    const group = await account.iam('SimulatePrincipalPolicy', {
      PolicySourceArn: `arn:aws:iam::${accountId}:group/staff`,
      ActionNames: ['iot:CreateThing'],
    })
    expect(group.EvaluationResults).toMatchObject([
      { EvalDecision: 'implicitDeny', MissingContextValues: ['aws:PrincipalArn', 'aws:userid'] },
    ])
  })

  it('does not tell the tags of a user, which are listed by another right', async () => {
    await using account = await openTestAccount()
    await account.signIn(
      'ann',
      allow('*', '*', { Condition: { StringLike: { 'aws:PrincipalTag/desk': '*' } } }),
    )
    await account.iam('TagUser', { UserName: 'ann', Tags: [{ Key: 'desk', Value: '4' }] })
    const { EvaluationResults } = await account.iam('SimulatePrincipalPolicy', {
      PolicySourceArn: userArn,
      ActionNames: ['iot:CreateThing'],
    })
    expect(EvaluationResults).toMatchObject([
      { EvalDecision: 'implicitDeny', MissingContextValues: ['aws:PrincipalTag/desk'] },
    ])
  })

  it.each<[string, string, string]>([
    ['the root', `arn:aws:iam::${accountId}:root`, 'InvalidInputException'],
    ['a session', `arn:aws:sts::${accountId}:assumed-role/lamps/one`, 'InvalidInputException'],
    ['a policy', `arn:aws:iam::${accountId}:policy/lamps`, 'InvalidInputException'],
    ['no ARN', 'ann-who-has-no-arn-at-all', 'InvalidInputException'],
    ['nobody', `arn:aws:iam::${accountId}:user/bob`, 'NoSuchEntityException'],
    ['another path', `arn:aws:iam::${accountId}:user/x/ann`, 'NoSuchEntityException'],
    ['a user of another account', 'arn:aws:iam::111122223333:user/ann', 'NoSuchEntityException'],
    ['a name in another case', `arn:aws:iam::${accountId}:user/Ann`, 'NoSuchEntityException'],
  ])('refuses %s', async (_, PolicySourceArn, code) => {
    await using account = await openTestAccount()
    await account.signIn('ann', allow('*'))
    await expect(
      account.iam('SimulatePrincipalPolicy', { PolicySourceArn, ActionNames: ['iot:CreateThing'] }),
    ).rejects.toThrow(refused(code))
  })

  it('is asked about the user, group, or role', async () => {
    await using account = await openTestAccount()
    const caller = await account.signIn('ann', allow('iam:SimulatePrincipalPolicy', userArn))
    await account.signIn('bob', allow('*'))
    const ask = (name: string) =>
      account.iam(
        'SimulatePrincipalPolicy',
        { PolicySourceArn: `arn:aws:iam::${accountId}:user/${name}`, ActionNames: ['iot:CreateThing'] },
        caller,
      )
    expect(await ask('ann')).toMatchObject({ EvaluationResults: [{ EvalDecision: 'implicitDeny' }] })
    await expect(ask('bob')).rejects.toThrow(refused('AccessDeniedException'))
    await expect(ask('nobody')).rejects.toThrow(refused('AccessDeniedException'))
  })
})
