import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accountId, openFleet, region, type Fleet } from '../../../test/helpers/fleet.ts'
import type { CallContext } from '../../api/aws/operations.ts'
import type { Change } from '../../fabric/in-process/index.ts'
import { listTags } from '../../registry/tags/index.ts'
import { roleAliasesOperations } from './operations.ts'
import { roleAliasesPermissions } from './permissions.ts'

const roleArn = `arn:aws:iam::${accountId}:role/lamp-role`
const arnOf = (roleAlias: string) => `arn:aws:iot:${region}:${accountId}:rolealias/${roleAlias}`
const refusal = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) as string }) as unknown

let fleet: Fleet
let operations: ReturnType<typeof roleAliasesOperations>
let context: CallContext
let changes: Change[]

beforeAll(async () => {
  fleet = await openFleet()
  operations = roleAliasesOperations(fleet)
  fleet.fabric.onChange((change) => void changes.push(change))
})
afterAll(() => fleet[Symbol.asyncDispose]())
beforeEach(async () => {
  await fleet.store.transact(async (db) => void (await db.deleteFrom('role_aliases').execute()))
  context = fleet.context
  changes = []
})

const create = (roleAlias: string, more: object = {}) =>
  operations.CreateRoleAlias({ roleAlias, roleArn, ...more }, context)
const describeAlias = async (roleAlias: string) =>
  (await operations.DescribeRoleAlias({ roleAlias }, context)).roleAliasDescription

describe('a role alias', () => {
  it('is created with an hour for its credentials, and with tags', async () => {
    const created = await create('lamps', { tags: [{ Key: 'team', Value: 'light' }] })
    expect(created).toEqual({ roleAlias: 'lamps', roleAliasArn: arnOf('lamps') })
    expect(await describeAlias('lamps')).toEqual({
      ...created,
      roleArn,
      owner: accountId,
      credentialDurationSeconds: 3600,
      creationDate: fleet.clock.now,
      lastModifiedDate: fleet.clock.now,
    })
    expect(await listTags(fleet.store.read, accountId, arnOf('lamps'))).toEqual([
      { Key: 'team', Value: 'light' },
    ])
    expect(changes).toEqual([{ accountId, kind: 'role-alias', id: 'lamps' }])
  })

  it('is changed in one respect and keeps the other', async () => {
    await create('lamps', { credentialDurationSeconds: 900 })
    const other = `arn:aws:iam::${accountId}:role/path/other`
    const updated = await operations.UpdateRoleAlias({ roleAlias: 'lamps', roleArn: other }, context)
    expect(updated).toEqual({ roleAlias: 'lamps', roleAliasArn: arnOf('lamps') })
    await operations.UpdateRoleAlias({ roleAlias: 'lamps', credentialDurationSeconds: 43_200 }, context)
    expect(await describeAlias('lamps')).toMatchObject({ roleArn: other, credentialDurationSeconds: 43_200 })
  })

  it('goes with its tags', async () => {
    await create('lamps', { tags: [{ Key: 'team', Value: 'light' }] })
    await operations.DeleteRoleAlias({ roleAlias: 'lamps' }, context)
    await expect(describeAlias('lamps')).rejects.toEqual(refusal('ResourceNotFoundException', 'lamps'))
    expect(await listTags(fleet.store.read, accountId, arnOf('lamps'))).toEqual([])
  })

  it('may be called like another one but for its case', async () => {
    await create('lamps')
    await create('Lamps')
    expect((await operations.ListRoleAliases({ ascendingOrder: true }, context)).roleAliases).toHaveLength(2)
  })
})

it('lists in pages, backwards unless asked otherwise', async () => {
  for (const name of ['b', 'a', 'c']) await create(name)
  const first = await operations.ListRoleAliases({ pageSize: 2 }, context)
  expect(first.roleAliases).toEqual(['c', 'b'])
  const next = { pageSize: 2, marker: first.nextMarker! }
  expect(await operations.ListRoleAliases(next, context)).toEqual({
    roleAliases: ['a'],
    nextMarker: undefined,
  })
  expect((await operations.ListRoleAliases({ ascendingOrder: true }, context)).roleAliases).toEqual([
    'a',
    'b',
    'c',
  ])
})

describe('it is refused', () => {
  it.each([
    ['a marker that nobody gave out', () => operations.ListRoleAliases({ marker: 'x' }, context)],
    ['what is no ARN', () => create('lamps', { roleArn: 'role/lamp-role-of-some-sort' })],
    ['a user', () => create('lamps', { roleArn: `arn:aws:iam::${accountId}:user/anna` })],
    ['a role in a region', () => create('lamps', { roleArn: `arn:aws:iam:eu-west-1:${accountId}:role/x` })],
    ['a role of another account', () => create('lamps', { roleArn: 'arn:aws:iam::999999999999:role/x' })],
    ['a reserved tag', () => create('lamps', { tags: [{ Key: 'aws:x', Value: '' }] })],
  ])('to take %s', async (_, call) => {
    await expect(call()).rejects.toEqual(refusal('InvalidRequestException', ''))
    expect((await operations.ListRoleAliases({}, context)).roleAliases).toEqual([])
  })

  it('to create one twice', async () => {
    await create('lamps')
    await expect(
      create('lamps', { roleArn: `arn:aws:iam::${accountId}:role/another` }),
    ).rejects.toMatchObject({
      code: 'ResourceAlreadyExistsException',
      members: { resourceId: 'lamps', resourceArn: arnOf('lamps') },
    })
    expect(await describeAlias('lamps')).toMatchObject({ roleArn })
  })

  it('to create a hundred and one', async () => {
    for (let count = 0; count < 100; count++) await create(`alias-${count}`)
    await expect(create('more')).rejects.toEqual(
      refusal('LimitExceededException', 'at most 100 role aliases'),
    )
  })

  it.each([
    ['change', () => operations.UpdateRoleAlias({ roleAlias: 'gone' }, context)],
    ['delete', () => operations.DeleteRoleAlias({ roleAlias: 'gone' }, context)],
    ['describe', () => operations.DescribeRoleAlias({ roleAlias: 'gone' }, context)],
  ])('to %s one that is not there', async (_, call) => {
    await expect(call()).rejects.toEqual(refusal('ResourceNotFoundException', 'there is no role alias gone'))
    expect(changes).toEqual([])
  })

  it('to point it at a role that the caller may not pass', async () => {
    await create('lamps')
    const asked: unknown[] = []
    const root = context
    context = {
      ...root,
      authorize: async (...request) => {
        asked.push(request)
        await root.authorize(...request)
        throw new Error('denied')
      },
    }
    await expect(create('others')).rejects.toThrow('denied')
    await expect(operations.UpdateRoleAlias({ roleAlias: 'lamps', roleArn }, context)).rejects.toThrow(
      'denied',
    )
    const request = ['iam:PassRole', roleArn, { 'iam:PassedToService': 'credentials.iot.amazonaws.com' }]
    expect(asked).toEqual([request, request])
    await operations.UpdateRoleAlias({ roleAlias: 'lamps', credentialDurationSeconds: 900 }, context)
  })
})

it('asks IAM about the alias itself', () => {
  const scope = { accountId, region }
  for (const name of ['CreateRoleAlias', 'DescribeRoleAlias', 'UpdateRoleAlias', 'DeleteRoleAlias'] as const)
    expect(roleAliasesPermissions[name]({ roleAlias: 'lamps', roleArn } as never, scope)).toEqual({
      resources: [arnOf('lamps')],
    })
})
