import type { Lambda } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { zip, type TestAccount } from './testing/test-account.ts'
import { answer, arnOf, openTestFunctions, refused, type TestFunctions } from './testing/test-functions.ts'

let account: TestAccount
let lambda: Lambda
let fresh: TestFunctions['fresh']
beforeAll(async () => void ({ account, lambda, fresh } = await openTestFunctions()))
afterAll(() => account[Symbol.asyncDispose]())

describe('versions and aliases', () => {
  it('run the code that was published', async () => {
    const name = await fresh({ Publish: true })
    await lambda.updateFunctionCode({ FunctionName: name, ZipFile: zip(answer(2)), Publish: true })
    await lambda.createAlias({ FunctionName: name, Name: 'live', FunctionVersion: '1' })
    const asked = async (qualifier: string) => (await account.invoke(`${name}:${qualifier}`)).answer
    expect(await Promise.all(['1', '2', '$LATEST', 'live'].map(asked))).toEqual([1, 2, 2, 1])
    await lambda.updateAlias({ FunctionName: name, Name: 'live', FunctionVersion: '2' })
    expect(await asked('live')).toBe(2)
    expect((await account.invoke(name, {}, { Qualifier: 'live' })).ExecutedVersion).toBe('2')
  })

  it('are shared out by an alias with two versions', async () => {
    const name = await fresh({ Publish: true })
    await lambda.updateFunctionCode({ FunctionName: name, ZipFile: zip(answer(2)), Publish: true })
    const RoutingConfig = { AdditionalVersionWeights: { '2': 1 } }
    await lambda.createAlias({ FunctionName: name, Name: 'canary', FunctionVersion: '1', RoutingConfig })
    expect((await account.invoke(`${name}:canary`)).answer).toBe(2)
    expect((await lambda.getAlias({ FunctionName: name, Name: 'canary' })).RoutingConfig).toEqual(
      RoutingConfig,
    )
  })

  it('are numbered once, and published only when something changed', async () => {
    const name = await fresh()
    const numbers = []
    for (const Description of [undefined, undefined, 'other'])
      numbers.push((await lambda.publishVersion({ FunctionName: name, Description })).Version)
    await lambda.deleteFunction({ FunctionName: name, Qualifier: '2' })
    numbers.push((await lambda.publishVersion({ FunctionName: name, Description: 'again' })).Version)
    expect(numbers).toEqual(['1', '1', '2', '3'])
    const { Versions } = await lambda.listVersionsByFunction({ FunctionName: name })
    expect(Versions?.map(({ FunctionArn }) => FunctionArn)).toEqual(
      ['$LATEST', '1', '3'].map((version) => `${arnOf(name)}:${version}`),
    )
  })

  it('are published only when something changed, and the order of variables is no change', async () => {
    const name = await fresh({ Environment: { Variables: { ONE: '1', TWO: '2' } }, Publish: true })
    const publishWith = async (Variables: Record<string, string>) => {
      await lambda.updateFunctionConfiguration({ FunctionName: name, Environment: { Variables } })
      return (await lambda.publishVersion({ FunctionName: name })).Version
    }
    expect(await publishWith({ TWO: '2', ONE: '1' })).toBe('1')
    expect(await publishWith({ TWO: '1', ONE: '2' })).toBe('2')
  })

  it.each([
    ['a version that is not there', 'v', '9', 'ResourceNotFoundException'],
    ['a number as a name', '7', '$LATEST', 'ValidationException'],
  ])('an alias cannot have %s', async (_what, Name, FunctionVersion, code) => {
    const name = await fresh()
    await expect(lambda.createAlias({ FunctionName: name, Name, FunctionVersion })).rejects.toMatchObject(
      refused(code),
    )
  })

  it('cannot be deleted while an alias needs them, nor made twice', async () => {
    const name = await fresh({ Publish: true })
    const alias = { FunctionName: name, Name: 'live', FunctionVersion: '1' }
    await lambda.createAlias(alias)
    await expect(lambda.createAlias(alias)).rejects.toMatchObject(refused('ResourceConflictException'))
    const deletion = { FunctionName: name, Qualifier: '1' }
    await expect(lambda.deleteFunction(deletion)).rejects.toMatchObject(
      refused('ResourceConflictException', /live/),
    )
    await lambda.deleteAlias(alias)
    await lambda.deleteFunction(deletion)
    await expect(account.invoke(`${name}:1`)).rejects.toMatchObject(refused('ResourceNotFoundException'))
    await expect(account.invoke(`${name}:live`)).rejects.toMatchObject(
      refused('ResourceNotFoundException', /Cannot find alias/),
    )
  })
})

describe('lists', () => {
  it('give all functions page by page', async () => {
    const made = [await fresh(), await fresh(), await fresh()]
    const names: (string | undefined)[] = []
    let Marker: string | undefined
    do {
      const page = await lambda.listFunctions({ MaxItems: 2, Marker })
      names.push(...(page.Functions ?? []).map(({ FunctionName }) => FunctionName))
      expect(page.Functions?.length).toBeLessThanOrEqual(2)
      Marker = page.NextMarker
    } while (Marker !== undefined)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toEqual(expect.arrayContaining(made))
    await expect(lambda.listFunctions({ Marker: 'nonsense' })).rejects.toMatchObject(
      refused('InvalidParameterValueException'),
    )
  })

  it('give the versions of a function page by page', async () => {
    const name = await fresh({ Publish: true })
    await lambda.updateFunctionCode({ FunctionName: name, ZipFile: zip(answer(2)), Publish: true })
    const first = await lambda.listVersionsByFunction({ FunctionName: name, MaxItems: 1 })
    const others = await lambda.listVersionsByFunction({ FunctionName: name, Marker: first.NextMarker })
    const versions = [first, others].map((page) => page.Versions?.map(({ Version }) => Version))
    expect(versions).toEqual([['$LATEST'], ['1', '2']])
    expect(others.NextMarker).toBeUndefined()
  })

  it('give the aliases of a function, or of one version, page by page', async () => {
    const name = await fresh({ Publish: true })
    const aliases = { blue: '1', green: '$LATEST', red: '1' }
    for (const [Name, FunctionVersion] of Object.entries(aliases))
      await lambda.createAlias({ FunctionName: name, Name, FunctionVersion })
    const list = async (more: { FunctionVersion?: string }) => {
      const input = { FunctionName: name, MaxItems: 1, ...more }
      const first = await lambda.listAliases(input)
      const others = await lambda.listAliases({ ...input, MaxItems: 10, Marker: first.NextMarker })
      return [first, others].map((page) => page.Aliases?.map(({ Name }) => Name))
    }
    expect(await list({})).toEqual([['blue'], ['green', 'red']])
    expect(await list({ FunctionVersion: '1' })).toEqual([['blue'], ['red']])
  })
})
