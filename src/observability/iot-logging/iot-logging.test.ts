import { SetV2LoggingLevelCommand, SetV2LoggingOptionsCommand, type LogLevel } from '@aws-sdk/client-iot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { reasonCodes, type JournalCode, type JournalEntry } from '../journal/index.ts'
import type { IotLogEntry } from './iot-log-entry.ts'
import { createIotLogging } from './iot-logging.ts'
import { accountId, openTestIotLogging, roleArn, start } from './testing/test-iot-logging.ts'

let account: Awaited<ReturnType<typeof openTestIotLogging>>

beforeEach(async () => {
  account = await openTestIotLogging()
})
afterEach(() => account[Symbol.asyncDispose]())

const setOptions = (input: ConstructorParameters<typeof SetV2LoggingOptionsCommand>[0] = {}) =>
  account.client.send(new SetV2LoggingOptionsCommand({ roleArn, defaultLogLevel: 'INFO', ...input }))
const setLevel =
  (targetType: 'THING_GROUP' | 'CLIENT_ID' | 'SOURCE_IP' | 'PRINCIPAL_ID', targetName: string) =>
  (logLevel: LogLevel) =>
    account.client.send(new SetV2LoggingLevelCommand({ logTarget: { targetType, targetName }, logLevel }))
const entry: IotLogEntry = {
  accountId,
  level: 'INFO',
  eventType: 'Connect',
  status: 'Success',
  clientId: 'lamp',
  principalId: 'c'.repeat(64),
  sourceIp: '10.0.0.1',
}
const isWritten = (changes: Partial<IotLogEntry> = {}) => {
  const before = account.appended.length
  account.iotLogging.log({ ...entry, ...changes })
  return account.appended.length > before
}

describe('log', () => {
  it('writes nothing until logging is set', async () => {
    expect(account.iotLogging.isOn).toBe(false)
    expect(isWritten({ level: 'ERROR' })).toBe(false)
    await setOptions()
    expect(account.iotLogging.isOn).toBe(true)
    expect(isWritten()).toBe(true)
  })

  it("writes AWS's members into one stream of AWSIotLogsV2", async () => {
    await setOptions()
    account.iotLogging.log({
      ...entry,
      protocol: 'MQTT',
      reason: 'R',
      details: 'd',
      ruleName: 'r',
      thingName: 'x',
    })
    account.iotLogging.log({ ...entry, at: new Date(0), traceId: 't' })
    const [first, second] = account.appended
    expect(first).toEqual({
      accountId,
      logGroupName: 'AWSIotLogsV2',
      logStreamName: second?.logStreamName,
      events: [{ timestamp: start, message: expect.any(String) }],
    })
    expect(account.entries()).toEqual([
      {
        timestamp: '2026-05-01 12:00:00.123',
        logLevel: 'INFO',
        traceId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        accountId,
        status: 'Success',
        eventType: 'Connect',
        protocol: 'MQTT',
        clientId: 'lamp',
        principalId: 'c'.repeat(64),
        sourceIp: '10.0.0.1',
        ruleName: 'r',
        reason: 'R',
        details: 'd',
      },
      expect.objectContaining({ timestamp: '1970-01-01 00:00:00.000', traceId: 't' }),
    ])
  })

  it.each<[LogLevel, string]>([
    ['DISABLED', ''],
    ['ERROR', 'ERROR'],
    ['WARN', 'ERROR WARN'],
    ['INFO', 'ERROR WARN INFO'],
    ['DEBUG', 'ERROR WARN INFO DEBUG'],
  ])('at %s writes "%s"', async (defaultLogLevel, expected) => {
    await setOptions({ defaultLogLevel })
    const written = (['ERROR', 'WARN', 'INFO', 'DEBUG'] as const).filter((level) => isWritten({ level }))
    expect(written.join(' ')).toBe(expected)
  })

  it('is off when all logs are disabled, whatever the levels are', async () => {
    await setOptions({ disableAllLogs: true })
    await setLevel('CLIENT_ID', 'lamp')('DEBUG')
    expect(account.iotLogging.isOn).toBe(false)
    expect(isWritten({ level: 'ERROR' })).toBe(false)
  })

  it.each([
    ['CLIENT_ID', 'lamp'],
    ['SOURCE_IP', '10.0.0.1'],
    ['PRINCIPAL_ID', 'c'.repeat(64)],
  ] as const)('lets the level of a %s stand above the default, both ways', async (type, name) => {
    await setOptions({ defaultLogLevel: 'WARN' })
    await setLevel(type, name)('DEBUG')
    expect(isWritten({ level: 'DEBUG' })).toBe(true)
    expect(isWritten({ level: 'INFO', clientId: 'x', sourceIp: '1.1.1.1', principalId: 'x' })).toBe(false)
    await setLevel(type, name)('DISABLED')
    expect(isWritten({ level: 'ERROR' })).toBe(false)
    expect(isWritten({ level: 'ERROR', clientId: 'x', sourceIp: '1.1.1.1', principalId: 'x' })).toBe(true)
  })

  it('takes the most verbose of several targets', async () => {
    await setOptions({ defaultLogLevel: 'ERROR' })
    await setLevel('CLIENT_ID', 'lamp')('WARN')
    await setLevel('SOURCE_IP', '10.0.0.1')('INFO')
    expect(isWritten({ level: 'INFO' })).toBe(true)
    expect(isWritten({ level: 'INFO', sourceIp: 'x' })).toBe(false)
  })

  it('finds the groups of the thing that the client is named after, once until groups change', async () => {
    await setOptions({ defaultLogLevel: 'ERROR' })
    await setLevel('THING_GROUP', 'lamps')('DEBUG')
    account.world.groups.set('lamp', ['house', 'lamps'])
    const settled = () => new Promise((resolve) => setImmediate(resolve))
    account.iotLogging.log({ ...entry, level: 'DEBUG' })
    account.iotLogging.log({ ...entry, level: 'DEBUG', clientId: 'fan' })
    await settled()
    expect(account.entries().map(({ clientId }) => clientId)).toEqual(['lamp'])
    expect(isWritten({ level: 'DEBUG' })).toBe(true)
    expect(isWritten({ level: 'DEBUG', clientId: 'x', thingName: 'lamp' })).toBe(true)
    expect(account.world.groupLookups).toBe(2)
    account.world.groups.set('lamp', [])
    await account.fabric.announce({ accountId, kind: 'thing-group', id: 'lamps' })
    account.iotLogging.log({ ...entry, level: 'DEBUG' })
    await settled()
    expect(account.appended).toHaveLength(3)
  })

  it('heeds levels and destinations of event types', async () => {
    await setOptions({
      eventConfigurations: [
        { eventType: 'Connect', logLevel: 'DISABLED' },
        { eventType: 'Ping', logLevel: 'DEBUG', logDestination: 'pings' },
      ],
    })
    expect(isWritten({ level: 'ERROR' })).toBe(false)
    expect(isWritten({ level: 'DEBUG', eventType: 'Ping' })).toBe(true)
    expect(isWritten({ level: 'DEBUG', eventType: 'Disconnect' })).toBe(false)
    expect(account.appended.map(({ logGroupName }) => logGroupName)).toEqual(['pings'])
  })

  it('writes nothing that the role may not write, says so, and takes a change of the role in', async () => {
    account.world.mayWrite = false
    await setOptions()
    expect(account.iotLogging.isOn).toBe(false)
    expect(account.warnings).toEqual([expect.stringContaining('may not write')])
    account.world.mayWrite = true
    await account.fabric.announce({ accountId, kind: 'identity', id: roleArn })
    expect(isWritten()).toBe(true)
  })

  it('keeps accounts apart', async () => {
    await setOptions()
    expect(isWritten({ accountId: '999999999999' })).toBe(false)
  })

  it('knows its settings after a restart', async () => {
    await setOptions()
    await using again = await createIotLogging(account.deps)
    again.log(entry)
    expect(account.appended).toHaveLength(1)
  })
})

describe('published messages', () => {
  const publish = (topic: string, publisher?: { clientId?: string; principal?: string }) =>
    void account.fabric.publish({
      accountId,
      topic,
      payload: Buffer.from('secret'),
      qos: 0,
      retain: false,
      ...(publisher && { publisher }),
    })

  it('are logged with their topic and publisher, never their payload', async () => {
    await setOptions()
    publish('a/b', { clientId: 'lamp', principal: 'cert' })
    publish('c', { principal: 'arn:aws:iam::1:user/u' })
    publish('internal')
    expect(account.entries()).toEqual([
      expect.objectContaining({
        eventType: 'Publish-In',
        topicName: 'a/b',
        clientId: 'lamp',
        principalId: 'cert',
        protocol: 'MQTT',
      }),
      expect.objectContaining({ topicName: 'c', protocol: 'HTTP' }),
    ])
    expect(JSON.stringify(account.appended)).not.toContain('secret')
  })

  it.each([{ defaultLogLevel: 'WARN' as const }, { disableAllLogs: true }])(
    'are not with %j',
    async (options) => {
      await setOptions()
      await setOptions(options)
      publish('a/b', { clientId: 'lamp' })
      expect(account.appended).toEqual([])
    },
  )
})

describe('fromJournal', () => {
  const record = (code: JournalCode, more: Partial<JournalEntry> = {}) => {
    account.iotLogging.fromJournal({
      accountId,
      code,
      at: start,
      certificateId: 'cert',
      clientId: 'lamp',
      ...more,
    })
    return account.entries().at(-1)
  }

  it('costs nothing while logging is off', () => {
    expect(record('connected')).toBeUndefined()
  })

  it.each<[JournalCode, JournalEntry['details'], Record<string, unknown>]>([
    ['connected', { protocol: 'MQTT 5' }, { eventType: 'Connect', status: 'Success', protocol: 'MQTT' }],
    [
      'connect-denied',
      { decision: 'no policy allows it' },
      {
        eventType: 'Connect',
        status: 'Failure',
        logLevel: 'ERROR',
        reason: 'AUTHORIZATION_FAILURE',
        details: 'Authorization Failure no policy allows it',
      },
    ],
    [
      'publish-denied',
      { resource: 'arn:aws:iot:us-east-1:123456789012:topic/a/b' },
      { eventType: 'Publish-In', topicName: 'a/b' },
    ],
    [
      'subscribe-denied',
      { resource: 'arn:aws:iot:us-east-1:123456789012:topicfilter/a/#' },
      { eventType: 'Subscribe', topicName: 'a/#' },
    ],
    [
      'certificate-revoked',
      { protocol: 'http' },
      { eventType: 'Connection.AuthNError', reason: 'DEVICE_CERTIFICATE_REVOKED', protocol: 'HTTP' },
    ],
    ['certificate-inactive', {}, { reason: 'DEVICE_CERTIFICATE_INACTIVE' }],
    [
      'ca-unknown',
      {},
      { reason: 'DEVICE_CERTIFICATE_NOT_REGISTERED', details: reasonCodes['ca-unknown'].meaning },
    ],
    ['registration-announced', {}, { eventType: 'RegisterCertificate', status: 'Success' }],
    [
      'provisioned',
      { template: 'lamps' },
      { eventType: 'ProvisionDevice', provisioningTemplateName: 'lamps', deviceCertificateId: 'cert' },
    ],
    [
      'provisioning-failed',
      { step: 'iot:CreateThing', error: 'AccessDeniedException', text: 'not allowed' },
      {
        status: 'Failure',
        logLevel: 'ERROR',
        details: expect.stringMatching(/iot:CreateThing AccessDeniedException not allowed$/),
      },
    ],
    ['client-replaced', {}, { eventType: 'Disconnect', status: 'Success', reason: 'DUPLICATE_CLIENT_ID' }],
    ['keep-alive-timeout', {}, { eventType: 'Disconnect', reason: 'MQTT_KEEP_ALIVE_TIMEOUT' }],
  ])('%s', async (code, details, expected) => {
    await setOptions()
    expect(record(code, { details: details ?? {} })).toMatchObject({ ...expected, principalId: 'cert' })
  })
})
