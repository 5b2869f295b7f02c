import type { Lambda } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { zip, type TestAccount } from './testing/test-account.ts'
import {
  answer,
  arnOf,
  codeFiles,
  openTestFunctions,
  refused,
  type TestFunctions,
} from './testing/test-functions.ts'

let account: TestAccount
let lambda: Lambda
let fresh: TestFunctions['fresh']
beforeAll(async () => void ({ account, lambda, fresh } = await openTestFunctions()))
afterAll(() => account[Symbol.asyncDispose]())

const ZipFile = zip(answer(1))

describe('a function that is changed', () => {
  it('answers with its new code at once', async () => {
    const name = await fresh()
    const before = codeFiles(account)
    expect((await account.invoke(name)).answer).toBe(1)
    const updated = await lambda.updateFunctionCode({ FunctionName: name, ZipFile: zip(answer(2)) })
    expect((await account.invoke(name)).answer).toBe(2)
    expect((await lambda.getFunctionConfiguration({ FunctionName: name })).RevisionId).toBe(
      updated.RevisionId,
    )
    expect(codeFiles(account)).toBe(before)
  })

  it('keeps its code when the change is only tried', async () => {
    const name = await fresh()
    const tried = await lambda.updateFunctionCode({
      FunctionName: name,
      ZipFile: zip(answer(2)),
      DryRun: true,
    })
    expect(tried.CodeSha256).not.toBe(
      (await lambda.getFunctionConfiguration({ FunctionName: name })).CodeSha256,
    )
    expect((await account.invoke(name)).answer).toBe(1)
  })

  it('keeps what its new configuration leaves out', async () => {
    const name = await fresh({ Timeout: 7, Environment: { Variables: { AB: 'c' } } })
    const updated = await lambda.updateFunctionConfiguration({ FunctionName: name, MemorySize: 256 })
    expect(updated).toMatchObject({ Timeout: 7, MemorySize: 256, Environment: { Variables: { AB: 'c' } } })
    const emptied = await lambda.updateFunctionConfiguration({
      FunctionName: name,
      Environment: { Variables: {} },
    })
    expect(emptied.Environment).toBeUndefined()
  })

  it('is not changed by who has not seen the last change', async () => {
    const name = await fresh()
    const { RevisionId } = await lambda.getFunctionConfiguration({ FunctionName: name })
    await lambda.updateFunctionConfiguration({ FunctionName: name, Timeout: 5, RevisionId })
    const late = [
      () => lambda.updateFunctionConfiguration({ FunctionName: name, Timeout: 6, RevisionId }),
      () => lambda.updateFunctionCode({ FunctionName: name, ZipFile, RevisionId }),
      () => lambda.publishVersion({ FunctionName: name, RevisionId }),
    ]
    for (const change of late)
      await expect(change()).rejects.toMatchObject(refused('PreconditionFailedException'))
  })

  it('is gone with its code when it is deleted', async () => {
    const before = codeFiles(account)
    const name = await fresh({ Publish: true })
    await lambda.deleteFunction({ FunctionName: name })
    expect(codeFiles(account)).toBe(before)
    for (const call of [
      () => lambda.getFunction({ FunctionName: name }),
      () => lambda.invoke({ FunctionName: name }),
      () => lambda.invoke({ FunctionName: name, InvocationType: 'Event' }),
      () => lambda.invoke({ FunctionName: name, InvocationType: 'DryRun' }),
      () => lambda.deleteFunction({ FunctionName: name }),
      () => lambda.updateFunctionCode({ FunctionName: name, ZipFile }),
      () => lambda.updateFunctionConfiguration({ FunctionName: name }),
      () => lambda.publishVersion({ FunctionName: name }),
      () => lambda.listVersionsByFunction({ FunctionName: name }),
      () => lambda.listAliases({ FunctionName: name }),
      () => lambda.getPolicy({ FunctionName: name }),
      () => lambda.putFunctionConcurrency({ FunctionName: name, ReservedConcurrentExecutions: 1 }),
      () => lambda.listTags({ Resource: arnOf(name) }),
    ])
      await expect(call()).rejects.toMatchObject(
        refused('ResourceNotFoundException', new RegExp(arnOf(name))),
      )
  })
})

describe('what belongs to a function', () => {
  it('are its tags', async () => {
    const name = await fresh({ Tags: { a: '1' } })
    await lambda.tagResource({ Resource: arnOf(name), Tags: { a: '2', b: '3' } })
    await lambda.untagResource({ Resource: arnOf(name), TagKeys: ['b', 'c'] })
    expect((await lambda.listTags({ Resource: arnOf(name) })).Tags).toEqual({ a: '2' })
    const Tags = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`t${n}`, '']))
    await expect(lambda.tagResource({ Resource: arnOf(name), Tags })).rejects.toMatchObject(
      refused('InvalidParameterValueException'),
    )
  })

  it('is how its events are tried again', async () => {
    const name = await fresh()
    const get = () => lambda.getFunctionEventInvokeConfig({ FunctionName: name })
    await expect(get()).rejects.toMatchObject(refused('ResourceNotFoundException'))
    await lambda.putFunctionEventInvokeConfig({ FunctionName: name, MaximumRetryAttempts: 0 })
    await lambda.updateFunctionEventInvokeConfig({ FunctionName: name, MaximumEventAgeInSeconds: 60 })
    expect(await get()).toMatchObject({
      FunctionArn: `${arnOf(name)}:$LATEST`,
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    })
    expect(
      (await lambda.listFunctionEventInvokeConfigs({ FunctionName: name })).FunctionEventInvokeConfigs,
    ).toHaveLength(1)
    await lambda.deleteFunctionEventInvokeConfig({ FunctionName: name })
    await expect(get()).rejects.toMatchObject(refused('ResourceNotFoundException'))
  })

  it('is read by tools that ask for everything', async () => {
    const FunctionName = await fresh()
    expect((await lambda.getFunctionCodeSigningConfig({ FunctionName })).CodeSigningConfigArn).toBeUndefined()
    expect((await lambda.listFunctionUrlConfigs({ FunctionName })).FunctionUrlConfigs).toEqual([])
    expect(
      (await lambda.listProvisionedConcurrencyConfigs({ FunctionName })).ProvisionedConcurrencyConfigs,
    ).toEqual([])
    expect((await lambda.getRuntimeManagementConfig({ FunctionName })).UpdateRuntimeOn).toBe('Auto')
    expect((await lambda.listEventSourceMappings({})).EventSourceMappings).toEqual([])
    await expect(lambda.getFunctionUrlConfig({ FunctionName })).rejects.toMatchObject(
      refused('ResourceNotFoundException'),
    )
  })
})
