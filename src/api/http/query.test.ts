import {
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteUserCommand,
  GetRoleCommand,
  IAMClient,
  ListUsersCommand,
} from '@aws-sdk/client-iam'
import type * as Iam from '@aws-sdk/client-iam'
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type * as Sts from '@aws-sdk/client-sts'
import { describe, expect, it } from 'vitest'
import { iamError } from '../aws/errors.ts'
import type { Operations } from '../aws/operations.ts'
import { accountId, clientConfig, offer, startTestHttp } from './testing/test-server.ts'

describe('query', () => {
  it('carries forms to the handler and XML back', async () => {
    const inputs: unknown[] = []
    const role = {
      Path: '/',
      RoleName: 'r',
      RoleId: 'AROA',
      Arn: 'arn:r',
      CreateDate: new Date('2026-01-02T03:04:05Z'),
    }
    await using server = await startTestHttp({
      services: {
        iam: offer({
          async CreateRole(input) {
            inputs.push(input)
            return { Role: role }
          },
          async GetRole() {
            return {
              Role: { ...role, Description: 'a <b> & "c" \r\n\t \u0001', Tags: [{ Key: 'k', Value: '' }] },
            }
          },
          async ListUsers(input) {
            inputs.push(input)
            return { Users: [], IsTruncated: false }
          },
          async DeleteUser({ UserName }) {
            throw iamError('NoSuchEntityException', `The user with name ${UserName} cannot be found.`)
          },
          async CreatePolicy() {
            throw new TypeError('a bug')
          },
        } satisfies Partial<Operations<typeof Iam>>),
        sts: offer({
          async GetCallerIdentity(_input, { caller }) {
            return { Account: caller.accountId, Arn: caller.arn, UserId: caller.userId }
          },
          async AssumeRole(input) {
            inputs.push(input)
            return {
              Credentials: {
                AccessKeyId: 'ASIAxxxxxxxxxxxxx',
                SecretAccessKey: 's',
                SessionToken: 't+/=',
                Expiration: role.CreateDate,
              },
            }
          },
        } satisfies Partial<Operations<typeof Sts>>),
      },
    })
    const iam = new IAMClient(clientConfig(server))
    const AssumeRolePolicyDocument = '{"a": "b&c=d+e %\n"}'
    const Tags = [
      { Key: 'k 1', Value: 'v' },
      { Key: 'k2', Value: '' },
    ]
    const created = await iam.send(
      new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument, MaxSessionDuration: 3600, Tags }),
    )
    expect(created.Role).toEqual(role)
    const got = await iam.send(new GetRoleCommand({ RoleName: 'r' }))
    expect(got.Role).toMatchObject({
      Description: 'a <b> & "c" \r\n\t \uFFFD',
      Tags: [{ Key: 'k', Value: '' }],
    })
    expect(await iam.send(new ListUsersCommand({ MaxItems: 5 }))).toMatchObject({
      Users: [],
      IsTruncated: false,
    })
    await expect(iam.send(new DeleteUserCommand({ UserName: 'bob' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      message: 'The user with name bob cannot be found.',
      $metadata: { httpStatusCode: 404 },
    })
    await expect(iam.send(new DeleteUserCommand({ UserName: 'b*b' }))).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining("Value 'b*b' at 'UserName'"),
    })
    await expect(
      iam.send(new CreatePolicyCommand({ PolicyName: 'p', PolicyDocument: '{}' })),
    ).rejects.toMatchObject({
      name: 'InternalFailure',
      $metadata: { httpStatusCode: 500 },
    })
    const sts = new STSClient(clientConfig(server))
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: accountId,
      UserId: 'AIDA1',
    })
    const assumed = await sts.send(
      new AssumeRoleCommand({
        RoleArn: 'arn:aws:iam::123456789012:role/r',
        RoleSessionName: 's1',
        DurationSeconds: 900,
      }),
    )
    expect(assumed.Credentials).toMatchObject({ SessionToken: 't+/=', Expiration: role.CreateDate })
    expect(inputs).toEqual([
      { RoleName: 'r', AssumeRolePolicyDocument, MaxSessionDuration: 3600, Tags },
      { MaxItems: 5 },
      { RoleArn: 'arn:aws:iam::123456789012:role/r', RoleSessionName: 's1', DurationSeconds: 900 },
    ])
  })
})
