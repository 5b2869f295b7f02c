import {
  DeleteV2LoggingLevelCommand,
  GetLoggingOptionsCommand,
  GetV2LoggingOptionsCommand,
  ListV2LoggingLevelsCommand,
  paginateListV2LoggingLevels,
  SetLoggingOptionsCommand,
  SetV2LoggingLevelCommand,
  SetV2LoggingOptionsCommand,
  type LogLevel,
  type LogTarget,
} from '@aws-sdk/client-iot'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { accountId, openTestIotLogging, roleArn } from './testing/test-iot-logging.ts'

let account: Awaited<ReturnType<typeof openTestIotLogging>>

beforeEach(async () => {
  account = await openTestIotLogging()
})
afterEach(() => account[Symbol.asyncDispose]())

const setOptions = (input: object = { roleArn, defaultLogLevel: 'INFO' }) =>
  account.client.send(new SetV2LoggingOptionsCommand(input))
const getOptions = async (input = {}) => {
  const { $metadata: _, ...options } = await account.client.send(new GetV2LoggingOptionsCommand(input))
  return options
}
const setLevel = (targetType: LogTarget['targetType'], targetName: string | undefined, logLevel: LogLevel) =>
  account.client.send(new SetV2LoggingLevelCommand({ logTarget: { targetType, targetName }, logLevel }))
const listLevels = async (input = {}) => {
  const { logTargetConfigurations } = await account.client.send(new ListV2LoggingLevelsCommand(input))
  return logTargetConfigurations?.map(({ logTarget, logLevel }) =>
    [logTarget?.targetType, logTarget?.targetName, logLevel].filter((part) => part !== undefined).join(' '),
  )
}

it('sets options, keeping what is left out', async () => {
  await setOptions()
  const eventConfigurations = [{ eventType: 'Ping', logLevel: 'DEBUG' as const }]
  await setOptions({ eventConfigurations, disableAllLogs: true })
  expect(await getOptions()).toEqual({
    roleArn,
    defaultLogLevel: 'INFO',
    disableAllLogs: true,
    eventConfigurations,
  })
  await setOptions({ defaultLogLevel: 'WARN' })
  expect(await getOptions()).toMatchObject({
    defaultLogLevel: 'WARN',
    disableAllLogs: false,
    eventConfigurations,
  })
})

it('tells of every event type when asked to be verbose', async () => {
  await setOptions()
  const { eventConfigurations } = await getOptions({ verbose: true })
  expect(eventConfigurations).toContainEqual({ eventType: 'Connect', logLevel: 'INFO' })
  expect(eventConfigurations).toContainEqual({ eventType: 'ProvisionDevice', logLevel: 'INFO' })
})

it('lists levels by type and name in pages, the default first', async () => {
  await setOptions()
  await setLevel('THING_GROUP', 'g', 'DEBUG')
  await setLevel('CLIENT_ID', 'b', 'WARN')
  await setLevel('CLIENT_ID', 'a c', 'ERROR')
  await setLevel('CLIENT_ID', 'b', 'DISABLED')
  await setLevel('DEFAULT', undefined, 'ERROR')
  const all = ['DEFAULT ERROR', 'CLIENT_ID a c ERROR', 'CLIENT_ID b DISABLED', 'THING_GROUP g DEBUG']
  expect(await listLevels()).toEqual(all)
  expect(await listLevels({ targetType: 'CLIENT_ID' })).toEqual(all.slice(1, 3))
  expect(await listLevels({ targetType: 'DEFAULT' })).toEqual(all.slice(0, 1))
  let count = 0
  for await (const page of paginateListV2LoggingLevels({ client: account.client, pageSize: 1 }, {}))
    count += page.logTargetConfigurations?.length ?? 0
  expect(count).toBe(4)
  await account.client.send(new DeleteV2LoggingLevelCommand({ targetType: 'CLIENT_ID', targetName: 'b' }))
  await account.client.send(new DeleteV2LoggingLevelCommand({ targetType: 'CLIENT_ID', targetName: 'none' }))
  expect(await listLevels({ targetType: 'CLIENT_ID' })).toEqual(['CLIENT_ID a c ERROR'])
})

it('has the older operations show and set the same', async () => {
  const get = async () => {
    const { roleArn: role, logLevel } = await account.client.send(new GetLoggingOptionsCommand({}))
    return { role, logLevel }
  }
  expect(await get()).toEqual({ role: undefined, logLevel: undefined })
  const loggingOptionsPayload = { roleArn, logLevel: 'WARN' as const }
  await account.client.send(new SetLoggingOptionsCommand({ loggingOptionsPayload }))
  expect(await get()).toEqual({ role: roleArn, logLevel: 'WARN' })
  expect(await getOptions()).toMatchObject({ roleArn, defaultLogLevel: 'WARN' })
})

it('refuses what it needs options for, before there are any', async () => {
  const refusal = expect.objectContaining({ name: 'NotConfiguredException' })
  await expect(getOptions()).rejects.toEqual(refusal)
  await expect(listLevels()).rejects.toEqual(refusal)
  await expect(setLevel('CLIENT_ID', 'a', 'INFO')).rejects.toEqual(refusal)
  await expect(setLevel('DEFAULT', undefined, 'INFO')).rejects.toEqual(refusal)
})

it.each<[string, () => Promise<unknown>, string]>([
  ['options without a role', () => setOptions({ defaultLogLevel: 'INFO' }), 'roleArn must name'],
  [
    'a role that is not there',
    () => setOptions({ roleArn: `arn:aws:iam::${accountId}:role/none` }),
    'does not exist',
  ],
  [
    'an event type that is configured twice',
    () => setOptions({ roleArn, eventConfigurations: [{ eventType: 'Ping' }, { eventType: 'Ping' }] }),
    'twice',
  ],
  ['an unknown level', () => setOptions({ roleArn, defaultLogLevel: 'LOUD' }), 'defaultLogLevel'],
])('refuses %s', async (_, call, message) => {
  await expect(call()).rejects.toMatchObject({
    name: 'InvalidRequestException',
    message: expect.stringContaining(message),
  })
})

it.each<[string, () => Promise<unknown>]>([
  ['a name for DEFAULT', () => setLevel('DEFAULT', 'x', 'INFO')],
  ['a target without a name', () => setLevel('CLIENT_ID', undefined, 'INFO')],
  ['a target with an empty name', () => setLevel('CLIENT_ID', '', 'INFO')],
  ['a long name', () => setLevel('CLIENT_ID', 'x'.repeat(513), 'INFO')],
  [
    'deleting DEFAULT',
    () => account.client.send(new DeleteV2LoggingLevelCommand({ targetType: 'DEFAULT', targetName: 'x' })),
  ],
  ['a token that is none', () => account.client.send(new ListV2LoggingLevelsCommand({ nextToken: 'eA==' }))],
])('refuses %s for levels', async (_, call) => {
  await setOptions()
  await expect(call()).rejects.toMatchObject({ name: 'InvalidRequestException' })
})

it('asks IAM whether the caller may hand the role to AWS IoT', async () => {
  await expect(setOptions({ roleArn: `arn:aws:iam::${accountId}:role/Forbidden` })).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining('iam:PassRole'),
  })
})
