/** IAM's policy simulator, with the aws command line and boto3: what it says is what a call then meets. */
import {
  AddUserToGroupCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateUserCommand,
  PutGroupPolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { lacks } from '../helpers/programs.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { openShell, parseExports, type Shell } from '../helpers/shell.ts'

const isMissing = lacks('aws', 'python3')
const source = 'arn:aws:iam::000000000000:user/ann'
const thing = (name: string) => `arn:aws:iot:us-east-1:000000000000:thing/${name}`

let server: TestServer
let shell: Shell
beforeAll(async () => {
  server = await startTestServer()
  using printed = openShell({})
  shell = openShell(parseExports(await printed.expect(`muster env --data-dir ${server.dataDir}`)))
  await makeAnn()
})
afterAll(async () => {
  shell[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
})

const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })

/** She may make things that are called like her, from here, and her group delete none. */
async function makeAnn(): Promise<void> {
  await server.iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const Condition = { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }
  await server.iam.send(
    new PutUserPolicyCommand({
      UserName: 'ann',
      PolicyName: 'own',
      PolicyDocument: document({
        Effect: 'Allow',
        Action: 'iot:*',
        Resource: thing('${aws:username}-*'),
        Condition,
      }),
    }),
  )
  await server.iam.send(new CreateGroupCommand({ GroupName: 'staff' }))
  await server.iam.send(new AddUserToGroupCommand({ GroupName: 'staff', UserName: 'ann' }))
  await server.iam.send(
    new PutGroupPolicyCommand({
      GroupName: 'staff',
      PolicyName: 'keep',
      PolicyDocument: document({ Effect: 'Deny', Action: 'iot:Delete*', Resource: '*' }),
    }),
  )
}

it.skipIf(isMissing)('the aws command line is told what a user may do', async () => {
  const simulated = await shell.expect(
    `aws iam simulate-principal-policy --policy-source-arn ${source} --action-names iot:CreateThing iot:DeleteThing
      --resource-arns ${thing('ann-1')} ${thing('bob-1')}
      --context-entries ContextKeyName=aws:SourceIp,ContextKeyValues=127.0.0.1,ContextKeyType=ip
      --output json`.replaceAll('\n', ' '),
  )
  const { EvaluationResults } = JSON.parse(simulated) as { EvaluationResults: object[] }
  const told = (EvalResourceName: string, EvalResourceDecision: string, ...ids: string[]) => ({
    EvalResourceName,
    EvalResourceDecision,
    MatchedStatements: ids.map((SourcePolicyId) => expect.objectContaining({ SourcePolicyId })),
    MissingContextValues: [],
  })
  expect(EvaluationResults).toEqual([
    expect.objectContaining({
      EvalActionName: 'iot:CreateThing',
      EvalDecision: 'implicitDeny',
      EvalDecisionDetails: {},
      ResourceSpecificResults: [
        told(thing('ann-1'), 'allowed', 'user_ann_own'),
        told(thing('bob-1'), 'implicitDeny'),
      ],
    }),
    expect.objectContaining({
      EvalActionName: 'iot:DeleteThing',
      EvalDecision: 'explicitDeny',
      ResourceSpecificResults: [
        told(thing('ann-1'), 'explicitDeny', 'group_staff_keep'),
        told(thing('bob-1'), 'explicitDeny', 'group_staff_keep'),
      ],
    }),
  ])
  const { AccessKey } = await server.iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  const asAnn = `export AWS_ACCESS_KEY_ID=${AccessKey!.AccessKeyId} AWS_SECRET_ACCESS_KEY=${AccessKey!.SecretAccessKey}`
  const { output } = await shell.run(
    `${asAnn}; for name in ann-1 bob-1; do aws iot create-thing --thing-name $name --query thingName --output text; done
    aws iot delete-thing --thing-name ann-1
    aws iam simulate-principal-policy --policy-source-arn ${source} --action-names iot:CreateThing`,
  )
  expect(output).toMatch(/^ann-1$/m)
  expect(output).toMatch(/iot:CreateThing on resource: \S+bob-1 because no identity-based policy/)
  expect(output).toMatch(/iot:DeleteThing on resource: \S+ann-1 with an explicit deny/)
  expect(output).toMatch(
    /iam:SimulatePrincipalPolicy on resource: arn:aws:iam::000000000000:user\/ann because/,
  )
})

const program = `
import boto3, json, os
iam = boto3.client('iam', endpoint_url=os.environ['AWS_ENDPOINT_URL'])
document = json.dumps({'Version': '2012-10-17', 'Statement': {'Effect': 'Allow', 'Action': 'iot:*', 'Resource': '*',
  'Condition': {'StringEquals': {'aws:RequestedRegion': '\${aws:PrincipalTag/home}'}}}}, separators=(',', ':'))
def say(results):
    print(json.dumps([[one['EvalActionName'], one['EvalDecision'], one['MatchedStatements'], one['MissingContextValues']] for one in results]))
actions = ['iot:CreateThing', 'iot:ListThings', 'iam:ListUsers']
pages = iam.get_paginator('simulate_custom_policy').paginate(
    PolicyInputList=[document], ActionNames=actions, PaginationConfig={'PageSize': 2})
say([one for page in pages for one in page['EvaluationResults']])
entries = [{'ContextKeyName': name, 'ContextKeyValues': ['eu-west-1'], 'ContextKeyType': 'string'}
  for name in ['aws:RequestedRegion', 'aws:PrincipalTag/home']]
say(iam.simulate_custom_policy(PolicyInputList=[document], ActionNames=actions[:1], ContextEntries=entries)['EvaluationResults'])
for name, call, given in [
    ('NoSuchEntityException', iam.simulate_principal_policy, {'PolicySourceArn': 'arn:aws:iam::000000000000:user/nobody'}),
    ('InvalidInputException', iam.simulate_principal_policy, {'PolicySourceArn': 'arn:aws:iam::000000000000:root'}),
    ('InvalidInputException', iam.simulate_custom_policy, {'PolicyInputList': ['{}']})]:
    try:
        call(ActionNames=['iot:CreateThing'], **given)
    except getattr(iam.exceptions, name) as error:
        print(error.response['Error']['Code'])
`

it.skipIf(isMissing)('boto3 is told about policies that are not there yet', async () => {
  writeFileSync(join(shell.directory, 'simulate.py'), program)
  const lines = (await shell.expect('python3 -W ignore simulate.py')).trim().split('\n')
  const missing = ['aws:PrincipalTag/home', 'aws:RequestedRegion']
  expect(JSON.parse(lines[0]!)).toEqual([
    ['iot:CreateThing', 'implicitDeny', [], missing],
    ['iot:ListThings', 'implicitDeny', [], missing],
    ['iam:ListUsers', 'implicitDeny', [], []],
  ])
  const statement = {
    SourcePolicyId: 'PolicyInputList.1',
    SourcePolicyType: 'IAM Policy',
    StartPosition: { Line: 1, Column: 38 },
    EndPosition: { Line: 1, Column: expect.any(Number) },
  }
  expect(JSON.parse(lines[1]!)).toEqual([['iot:CreateThing', 'allowed', [statement], []]])
  expect(lines.slice(2)).toEqual(['NoSuchEntity', 'InvalidInput', 'InvalidInput'])
})
