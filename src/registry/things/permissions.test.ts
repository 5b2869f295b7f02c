import { expect, it } from 'vitest'
import type { Store } from '../../store/index.ts'
import { thingsOperations } from './operations.ts'
import { thingsPermissions } from './permissions.ts'

const scope = { accountId: '111122223333', region: 'us-east-1' }

it('each operation has its permission', () => {
  const fabric = { announce: async () => {} }
  const principalExists = async () => true
  const operations = thingsOperations({ store: {} as Store, fabric, now: () => new Date(), principalExists })
  expect(Object.keys(thingsPermissions).toSorted()).toEqual(Object.keys(operations).toSorted())
})

it('an operation on a thing is asked for by its ARN, a list by everything', () => {
  expect(thingsPermissions.UpdateThing({ thingName: 'lamp' }, scope)).toEqual({
    resources: ['arn:aws:iot:us-east-1:111122223333:thing/lamp'],
  })
  expect(thingsPermissions.ListThings()).toEqual({ resources: ['*'] })
})

it('attaching and detaching is asked for by the certificate, with the thing as a condition key', () => {
  const input = { principal: 'arn:aws:iot:us-east-1:111122223333:cert/ab', thingName: 'lamp' }
  for (const operation of ['AttachThingPrincipal', 'DetachThingPrincipal'] as const)
    expect(thingsPermissions[operation](input, scope)).toEqual({
      resources: [input.principal],
      conditions: { 'iot:thingArn': 'arn:aws:iot:us-east-1:111122223333:thing/lamp' },
    })
})

it('the second versions of lists need the permission of the first', () => {
  const principal = 'arn:aws:iot:us-east-1:111122223333:cert/ab'
  expect(thingsPermissions.ListPrincipalThingsV2({ principal }, scope)).toMatchObject({
    action: 'iot:ListPrincipalThings',
    resources: [principal],
  })
  expect(thingsPermissions.ListThingPrincipalsV2({ thingName: 'lamp' }, scope)).toMatchObject({
    action: 'iot:ListThingPrincipals',
    resources: ['arn:aws:iot:us-east-1:111122223333:thing/lamp'],
  })
})
