import { readdirSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeCsr } from '../../../test/helpers/certificates.ts'
import { accountId, policyText, region } from '../../../test/helpers/fleet.ts'
import { findThing } from '../../registry/things/index.ts'
import { linesOf, names, openTestBulk, thingNames } from './testing/test-bulk.ts'

let test: Awaited<ReturnType<typeof openTestBulk>>
beforeEach(async () => void (test = await openTestBulk()))
afterEach(() => test[Symbol.asyncDispose]())

describe('a bulk registration', () => {
  it('makes a thing of each line, and tells what became of it', async () => {
    test.put('in.json', linesOf(...names(50)))
    const taskId = await test.start()
    const task = await test.ended(taskId)
    expect(task).toMatchObject({
      taskId,
      status: 'Completed',
      successCount: 50,
      failureCount: 0,
      percentageProgress: 100,
      inputFileBucket: 'fleet',
      inputFileKey: 'in.json',
      message: undefined,
    })
    expect(await thingNames(test.fleet)).toEqual(names(50).toSorted())
    const results = await test.report(taskId, 'RESULTS')
    expect(results).toHaveLength(50)
    expect(results[49]).toEqual({
      lineNumber: 50,
      offset: Buffer.byteLength(linesOf(...names(49))),
      response: { resourceArns: { thing: `arn:aws:iot:${region}:${accountId}:thing/lamp-49` } },
    })
    expect(await test.report(taskId, 'ERRORS')).toEqual([])
    expect(await test.entriesOf(taskId)).toMatchObject([
      { code: 'bulk-registered', details: { status: 'Completed', succeeded: 50, failed: 0 } },
    ])
    await expect.poll(() => readdirSync(test.inputs.copiesDirectory)).toEqual([])
  })

  it.each([
    ['Completed', 'in.json'],
    ['Failed', 'missing.json'],
  ])('is in the journal for whoever hears that it has ended: %s', async (status, inputFileKey) => {
    test.put('in.json', linesOf(...names(3)))
    const taskId = await test.start({ inputFileKey })
    while ((await test.describeTask(taskId)).status === 'InProgress') await nextTurn()
    expect(await test.entriesOf(taskId)).toMatchObject([{ details: { status } }])
  })

  it('does each line whole or not at all, whatever becomes of those beside it', async () => {
    const templateBody = JSON.stringify({
      Parameters: { ThingName: { Type: 'String' }, Group: { Type: 'String' } },
      Resources: {
        thing: {
          Type: 'AWS::IoT::Thing',
          Properties: { ThingName: { Ref: 'ThingName' }, ThingGroups: [{ Ref: 'Group' }] },
        },
      },
    })
    const line = (ThingName: string, Group = 'none') => JSON.stringify({ ThingName, Group })
    test.put('in.json', [line('a'), '{"ThingName":', '', '{"ThingName":"b"}', line('c d')].join('\n'))
    const taskId = await test.start({ templateBody })
    expect(await test.ended(taskId)).toMatchObject({
      status: 'Completed',
      successCount: 0,
      failureCount: 4,
      percentageProgress: 100,
    })
    expect(await thingNames(test.fleet)).toEqual([])
    const errors = await test.report(taskId, 'ERRORS')
    expect(errors.map(({ lineNumber, errorCode }) => [lineNumber, errorCode])).toEqual([
      [1, 'ResourceRegistrationFailureException'],
      [2, 'InvalidRequestException'],
      [4, 'InvalidRequestException'],
      [5, 'InvalidRequestException'],
    ])
    expect(errors[0]!['errorMessage']).toMatch(/AddThingToThingGroup .* no thing group named none/)
    expect(await test.entriesOf(taskId)).toMatchObject([{ code: 'bulk-not-registered' }])
  })

  it('does lines beside each other as if they came one after the other: what fails, what is named twice, what is new', async () => {
    const templateBody = JSON.stringify({
      Parameters: { ThingName: { Type: 'String' }, Group: { Type: 'String' }, Version: { Type: 'String' } },
      Resources: {
        thing: {
          Type: 'AWS::IoT::Thing',
          Properties: {
            ThingName: { Ref: 'ThingName' },
            BillingGroup: { Ref: 'Group' },
            AttributePayload: { version: { Ref: 'Version' } },
          },
          OverrideSettings: { AttributePayload: 'REPLACE' },
        },
      },
    })
    const billingGroup = {
      account_id: accountId,
      billing_group_name: 'lamps',
      billing_group_id: 'x',
      description: '',
      version: 1,
      creation_date: 0,
    }
    await test.fleet.store.transact((db) => db.insertInto('billing_groups').values(billingGroup).execute())
    const line = (ThingName: string, Version: string, Group = 'lamps') =>
      JSON.stringify({ ThingName, Version, Group })
    const lines = [
      ...names(30).map((name) => line(name, '1')),
      line('lamp-3', '2'),
      line('lamp-3', '3'),
      line('lamp-30', '1', 'nobody'),
      line('lamp-31', '1'),
    ]
    test.put('in.json', lines.join('\n'))
    const taskId = await test.start({ templateBody })
    expect(await test.ended(taskId)).toMatchObject({ successCount: 33, failureCount: 1 })
    expect(await thingNames(test.fleet)).toEqual([...names(30), 'lamp-31'].toSorted())
    const versions = await Promise.all(
      ['lamp-2', 'lamp-3'].map((name) => findThing(test.fleet.store.read, accountId, name)),
    )
    expect(versions).toMatchObject([{ attributes: { version: '1' } }, { attributes: { version: '3' } }])
    const errors = await test.report(taskId, 'ERRORS')
    expect(errors.map(({ lineNumber, errorCode }) => [lineNumber, errorCode])).toEqual([
      [33, 'ResourceRegistrationFailureException'],
    ])
    const results = await test.report(taskId, 'RESULTS')
    expect(results.map(({ lineNumber }) => lineNumber)).toEqual([
      ...Array.from({ length: 32 }, (_, at) => at + 1),
      34,
    ])
  })

  it('gives each device the certificate that was issued for its CSR', async () => {
    const templateBody = JSON.stringify({
      Parameters: { ThingName: { Type: 'String' }, CSR: { Type: 'String' } },
      Resources: {
        thing: { Type: 'AWS::IoT::Thing', Properties: { ThingName: { Ref: 'ThingName' } } },
        certificate: {
          Type: 'AWS::IoT::Certificate',
          Properties: { CertificateSigningRequest: { Ref: 'CSR' }, Status: 'ACTIVE' },
        },
        policy: { Type: 'AWS::IoT::Policy', Properties: { PolicyDocument: policyText } },
      },
    })
    const lines = names(3).map((ThingName) => JSON.stringify({ ThingName, CSR: makeCsr().csrPem }))
    test.put('in.json', lines.join('\n'))
    const taskId = await test.start({ templateBody })
    expect(await test.ended(taskId)).toMatchObject({ successCount: 3 })
    const results = await test.report(taskId, 'RESULTS')
    const pems = results.map(({ response }) => (response as { certificatePem: string }).certificatePem)
    expect(new Set(pems).size).toBe(3)
    for (const pem of pems) expect(pem).toContain('BEGIN CERTIFICATE')
    const stored = await test.fleet.store.read.selectFrom('certificates').select('certificate_pem').execute()
    expect(stored.map(({ certificate_pem }) => certificate_pem).toSorted()).toEqual(pems.toSorted())
  })

  it.each([
    ['there is no such file', { inputFileKey: 'missing' }, /fleet\/missing does not exist/],
    ['the key is a directory', { inputFileKey: 'folder' }, /fleet\/folder is no file/],
    ['there is no such bucket', { inputFileBucket: 'none' }, /has no bucket none/],
  ])('fails when %s', async (_, changes, message) => {
    test.put('folder/in.json', '')
    const task = await test.ended(await test.start(changes))
    expect(task).toMatchObject({ status: 'Failed', percentageProgress: 0 })
    expect(task.message).toMatch(message)
  })

  it('fails when the input is larger than it may be', async () => {
    await using small = await openTestBulk({ maxInputBytes: 10 })
    small.put('in.json', linesOf('lamp'))
    expect(await small.ended(await small.start())).toMatchObject({
      status: 'Failed',
      message: 'fleet/in.json has more than 10 bytes',
    })
    await expect.poll(() => readdirSync(small.inputs.copiesDirectory)).toEqual([])
  })

  it('of an empty file has nothing to do', async () => {
    test.put('in.json', '\n')
    expect(await test.ended(await test.start())).toMatchObject({
      status: 'Completed',
      percentageProgress: 100,
    })
  })
})
