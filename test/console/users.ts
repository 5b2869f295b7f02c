import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import type { TestServer } from '../helpers/server.ts'
import type { VisitorKey } from './visitor.ts'

export interface TestUser extends VisitorKey {
  UserName: string
}

let users = 0

/** A key of a new user who may do `actions`. */
export async function createUser(
  server: TestServer,
  actions: string[],
  resource: string | string[] = '*',
): Promise<TestUser> {
  const UserName = `user-${(users += 1)}`
  await server.iam.send(new CreateUserCommand({ UserName }))
  await allow(server, UserName, { Effect: 'Allow', Action: actions, Resource: resource })
  const { AccessKey } = await server.iam.send(new CreateAccessKeyCommand({ UserName }))
  return { UserName, accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
}

/** Instead of what the user was allowed before. */
export async function allow(server: TestServer, UserName: string, ...Statement: object[]): Promise<void> {
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await server.iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument }))
}
