import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { openTestStore } from '../../../test/helpers/store.ts'
import type { CallContext } from '../../api/aws/operations.ts'
import type { Change } from '../../fabric/in-process/index.ts'
import type { Store } from '../../store/index.ts'
import { tagsOperations } from './operations.ts'

const accountId = '000000000001'
const caller = { accountId, kind: 'root' as const, arn: `arn:aws:iam::${accountId}:root`, userId: accountId }
const context: CallContext = {
  accountId,
  caller,
  region: 'us-east-1',
  requestId: 'r',
  sourceIp: '127.0.0.1',
  authorize: async () => {},
}
const arnOf = (resource: string) => `arn:aws:iot:us-east-1:${accountId}:${resource}`
let store: Store
let operations: ReturnType<typeof tagsOperations>
let resourceArn: string
let count = 0
const changes: Change[] = []

beforeAll(async () => {
  store = await openTestStore()
  operations = tagsOperations({
    store,
    fabric: { announce: async (...announced) => void changes.push(...announced) },
    resourceExists: async (_db, _accountId, arn) => !arn.endsWith('missing'),
  })
})

afterAll(async () => {
  await store[Symbol.asyncDispose]()
})

beforeEach(() => {
  changes.length = 0
  resourceArn = arnOf(`cacert/${count++}`)
})

const tag = (...tags: { Key: string; Value?: string }[]) =>
  operations.TagResource({ resourceArn, tags }, context)
const untag = () => operations.UntagResource({ resourceArn, tagKeys: ['a'] }, context)
const list = async () => (await operations.ListTagsForResource({ resourceArn }, context)).tags
const refusal = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) as string })

it('sets, changes, lists, and removes tags', async () => {
  await tag({ Key: 'b', Value: '1' }, { Key: 'a' })
  await tag({ Key: 'b', Value: '2' })
  expect(await list()).toEqual([
    { Key: 'a', Value: '' },
    { Key: 'b', Value: '2' },
  ])
  await operations.UntagResource({ resourceArn, tagKeys: ['a', 'never set'] }, context)
  expect(await list()).toEqual([{ Key: 'b', Value: '2' }])
})

it('keeps the tags of resources apart', async () => {
  await tag({ Key: 'a', Value: '1' })
  resourceArn = arnOf('cacert/another')
  expect(await list()).toEqual([])
})

it.each(['close', 'accept', 'hold', 'approve'])(
  'takes muster:first-connection=%s for a CA certificate',
  async (Value) => {
    await tag({ Key: 'muster:first-connection', Value })
    expect(await list()).toEqual([{ Key: 'muster:first-connection', Value }])
  },
)

it.each([
  'https://pki.example/ca.crl',
  'http://10.0.0.7:8080/ca.crl?full',
  'http://[fd00::7]/',
  'lamps-ca.crl',
])('takes muster:crl=%s for a CA certificate, and says that its options changed', async (Value) => {
  await tag({ Key: 'muster:crl', Value }, { Key: 'muster:crl-policy', Value: 'hard' })
  const change = { accountId, kind: 'ca-certificate', id: resourceArn.split('/')[1] }
  expect(changes).toEqual([change])
  await operations.UntagResource({ resourceArn, tagKeys: ['muster:crl'] }, context)
  expect(changes).toEqual([change, change])
})

it.each([
  '',
  '../muster.db',
  'crl/ca.crl',
  '/etc/passwd',
  '.hidden',
  'file:///etc/passwd',
  'ftp://pki.example/ca.crl',
  'data:,x',
  'ldap://pki.example/cn=ca',
  'https://user:secret@pki.example/ca.crl',
  'http://169.254.169.254/latest/meta-data',
  'http://2852039166/latest/meta-data',
  'http://[fe80::1]/ca.crl',
  'http://[::ffff:169.254.169.254]/',
  'a.crl, b.crl',
  'https://',
])('refuses muster:crl=%s and announces nothing', async (Value) => {
  const refused = refusal('InvalidRequestException', 'muster:crl must be an http or https URL without user')
  await expect(tag({ Key: 'muster:crl', Value })).rejects.toEqual(refused)
  expect([await list(), changes]).toEqual([[], []])
})

it.each([
  [
    'an unknown policy',
    { Key: 'muster:crl-policy', Value: 'Hard' },
    'muster:crl-policy must be one of soft, hard; it is "Hard"',
  ],
  [
    'an unknown value',
    { Key: 'muster:first-connection', Value: 'closed' },
    'must be one of close, accept, hold, approve; it is "closed"',
  ],
  ['no value', { Key: 'muster:first-connection' }, 'must be one of close, accept, hold, approve'],
  [
    'an identity that there is not',
    { Key: 'muster:identity', Value: 'cn' },
    'must be one of certificate, key',
  ],
  [
    'a name for the CA before',
    { Key: 'muster:succeeds', Value: 'old' },
    'must be the id of the CA certificate',
  ],
  ['a limit that is no number', { Key: 'muster:max-devices', Value: '1e3' }, 'must be a whole number from 0'],
  ['a limit below nothing', { Key: 'muster:max-devices', Value: '-1' }, 'must be a whole number from 0'],
  ...[
    'http://lists.example/lamps.csv',
    '../lamps.csv',
    'https://a:b@lists.example/',
    'https://169.254.169.254/',
    '',
  ].map((Value): [string, { Key: string; Value: string }, string] => [
    `the allow-list ${Value}`,
    { Key: 'muster:allow-list', Value },
    'muster:allow-list must be an https URL without user and password, or the name of a file',
  ]),
  [
    'an unknown option',
    { Key: 'muster:first-conection', Value: 'close' },
    'there are: muster:first-connection',
  ],
  ['a reserved key', { Key: 'aws:x', Value: '1' }, 'which AWS reserves'],
  ['a reserved key in capitals', { Key: 'AWS:x', Value: '1' }, 'which AWS reserves'],
])('refuses %s and sets nothing', async (_, wrong, text) => {
  await expect(tag({ Key: 'good', Value: '1' }, wrong)).rejects.toEqual(
    refusal('InvalidRequestException', text),
  )
  expect(await list()).toEqual([])
})

it('refuses an option of CA certificates on another resource', async () => {
  resourceArn = arnOf('thinggroup/lamps')
  await expect(tag({ Key: 'muster:first-connection', Value: 'close' })).rejects.toEqual(
    refusal('InvalidRequestException', 'is an option of cacert/..., not of thinggroup/...'),
  )
})

it('refuses one key twice', async () => {
  await expect(tag({ Key: 'a', Value: '1' }, { Key: 'a', Value: '2' })).rejects.toEqual(
    refusal('InvalidRequestException', 'the tag key "a" is given twice'),
  )
})

it('refuses a fifty-first tag, but not a new value for one of fifty', async () => {
  await tag(...Array.from({ length: 50 }, (_, number) => ({ Key: `k${number}`, Value: '1' })))
  await expect(tag({ Key: 'more' })).rejects.toEqual(refusal('LimitExceededException', 'it would have 51'))
  await tag({ Key: 'k0', Value: '2' })
  expect(await list()).toHaveLength(50)
})

it.each([
  ['no ARN', 'cacert/1'],
  ['another service', `arn:aws:iam::${accountId}:role/x`],
  ['another account', 'arn:aws:iot:us-east-1:999999999999:cacert/1'],
  ['another region', `arn:aws:iot:eu-west-1:${accountId}:cacert/1`],
])('refuses the ARN of %s', async (_, arn) => {
  resourceArn = arn
  for (const call of [() => tag({ Key: 'a' }), list, untag])
    await expect(call()).rejects.toEqual(refusal('InvalidRequestException', 'resourceArn must begin with'))
})

it('refuses a resource that is not there', async () => {
  resourceArn = arnOf('cacert/missing')
  for (const call of [() => tag({ Key: 'a' }), list, untag])
    await expect(call()).rejects.toEqual(refusal('ResourceNotFoundException', resourceArn))
})
