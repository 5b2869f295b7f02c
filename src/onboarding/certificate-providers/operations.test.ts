import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accountId, openFleet, region, type Fleet } from '../../../test/helpers/fleet.ts'
import { listTags } from '../../registry/tags/index.ts'
import { certificateProvidersOperations } from './operations.ts'
import { certificateProvidersPermissions } from './permissions.ts'
import { findCertificateProvider } from './store.ts'

const functionArn = (name: string) => `arn:aws:lambda:${region}:${accountId}:function:${name}`
const arnOf = (name: string) => `arn:aws:iot:${region}:${accountId}:certificateprovider/${name}`
const refusal = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) as string }) as unknown
const accountDefaultForOperations = ['CreateCertificateFromCsr' as const]

let fleet: Fleet
let operations: ReturnType<typeof certificateProvidersOperations>
beforeAll(async () => {
  fleet = await openFleet()
  operations = certificateProvidersOperations(fleet)
})
afterAll(() => fleet[Symbol.asyncDispose]())
beforeEach(async () => {
  await fleet.store.transact(async (db) => void (await db.deleteFrom('certificate_providers').execute()))
})

const create = (certificateProviderName: string, more: object = {}) =>
  operations.CreateCertificateProvider(
    {
      certificateProviderName,
      lambdaFunctionArn: functionArn('sign'),
      accountDefaultForOperations,
      ...more,
    },
    fleet.context,
  )
const describeProvider = (certificateProviderName: string) =>
  operations.DescribeCertificateProvider({ certificateProviderName }, fleet.context)

describe('a certificate provider', () => {
  it('is created with its function and tags, described, and listed', async () => {
    const created = await create('own=ca@1', { tags: [{ Key: 'team', Value: 'pki' }] })
    expect(created).toEqual({
      certificateProviderName: 'own=ca@1',
      certificateProviderArn: arnOf('own=ca@1'),
    })
    expect(await describeProvider('own=ca@1')).toEqual({
      ...created,
      lambdaFunctionArn: functionArn('sign'),
      accountDefaultForOperations,
      creationDate: fleet.clock.now,
      lastModifiedDate: fleet.clock.now,
    })
    expect(await operations.ListCertificateProviders({}, fleet.context)).toEqual({
      certificateProviders: [created],
    })
    expect(await listTags(fleet.store.read, accountId, arnOf('own=ca@1'))).toEqual([
      { Key: 'team', Value: 'pki' },
    ])
  })

  it('is the only one of an account', async () => {
    await create('first')
    await expect(create('first')).rejects.toEqual(refusal('ResourceAlreadyExistsException', 'first'))
    await expect(create('second')).rejects.toEqual(refusal('LimitExceededException', 'there is first'))
    expect(await findCertificateProvider(fleet.store.read, 'other')).toBeUndefined()
  })

  it.each([
    `arn:aws:lambda:${region}:999999999999:function:sign`,
    `arn:aws:lambda:eu-central-1:${accountId}:function:sign`,
    `arn:aws:iot:${region}:${accountId}:function:sign`,
    'sign',
    functionArn('a b'),
  ])('is refused with the function %s', async (lambdaFunctionArn) => {
    await expect(create('own', { lambdaFunctionArn })).rejects.toEqual(
      refusal('InvalidRequestException', 'lambdaFunctionArn must be'),
    )
    await create('own')
    const change = { certificateProviderName: 'own', lambdaFunctionArn }
    await expect(operations.UpdateCertificateProvider(change, fleet.context)).rejects.toEqual(
      refusal('InvalidRequestException', 'lambdaFunctionArn must be'),
    )
  })

  it('is given another function, a version of one too', async () => {
    await create('own')
    const change = { certificateProviderName: 'own', lambdaFunctionArn: functionArn('sign:7') }
    await operations.UpdateCertificateProvider(change, fleet.context)
    expect((await describeProvider('own')).lambdaFunctionArn).toBe(functionArn('sign:7'))
    await operations.UpdateCertificateProvider({ certificateProviderName: 'own' }, fleet.context)
    expect((await describeProvider('own')).lambdaFunctionArn).toBe(functionArn('sign:7'))
  })

  it('is gone with its tags when it is deleted', async () => {
    await create('own', { tags: [{ Key: 'a', Value: 'b' }] })
    await operations.DeleteCertificateProvider({ certificateProviderName: 'own' }, fleet.context)
    expect(await listTags(fleet.store.read, accountId, arnOf('own'))).toEqual([])
    const absent = refusal('ResourceNotFoundException', 'there is no certificate provider own')
    await expect(describeProvider('own')).rejects.toEqual(absent)
    const name = { certificateProviderName: 'own' }
    await expect(operations.UpdateCertificateProvider(name, fleet.context)).rejects.toEqual(absent)
    await expect(operations.DeleteCertificateProvider(name, fleet.context)).rejects.toEqual(absent)
    expect(await operations.ListCertificateProviders({}, fleet.context)).toEqual({ certificateProviders: [] })
  })

  it('needs a permission on its own ARN', () => {
    const name = { certificateProviderName: 'own' }
    const scope = { accountId, region }
    const { ListCertificateProviders, DescribeCertificateProvider } = certificateProvidersPermissions
    expect(DescribeCertificateProvider(name, scope)).toEqual({ resources: [arnOf('own')] })
    expect(ListCertificateProviders()).toEqual({ resources: ['*'] })
  })
})
