import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openAccount, type Account } from './account.ts'

let account: Account
let principal: string

beforeAll(async () => {
  account = await openAccount()
  for (const thingName of ['lamp-1', 'door-1'])
    await account.root({ service: 'iot', operation: 'CreateThing', input: { thingName } })
  const made = await account.root({ service: 'iot', operation: 'CreateKeysAndCertificate', input: {} })
  principal = String(made['certificateArn'])
})
afterAll(() => account[Symbol.asyncDispose]())

const statement = (Effect: string, operator: string, key: string) => ({
  Effect,
  Action: ['iot:AttachThingPrincipal', 'iot:DetachThingPrincipal'],
  Resource: 'arn:aws:iot:*:*:cert/*',
  Condition: { [operator]: { [key]: `arn:aws:iot:${account.region}:${account.accountId}:thing/lamp-*` } },
})
const everything = { Effect: 'Allow', Action: '*', Resource: '*' }

/** So that there is something to detach. */
beforeEach(async () => {
  for (const thingName of ['lamp-1', 'door-1'])
    await account.root({ service: 'iot', operation: 'AttachThingPrincipal', input: { thingName, principal } })
})

describe.each(['AttachThingPrincipal', 'DetachThingPrincipal'])('%s', (operation) => {
  const attempt = (thingName: string) =>
    account.attempt({ service: 'iot', operation, input: { thingName, principal } })

  it.each(['iot:thingArn', 'iot:ThingArn'])(
    'is allowed for the things that %s names, and no other',
    async (key) => {
      await account.permit(statement('Allow', 'ArnLike', key))
      expect(await attempt('lamp-1')).toHaveProperty('output')
      expect(await attempt('door-1')).toMatchObject({ refusal: 'AccessDeniedException' })
    },
  )

  it('is denied for the things that a Deny names', async () => {
    await account.permit(everything, statement('Deny', 'ArnLike', 'iot:thingArn'))
    expect(await attempt('lamp-1')).toMatchObject({ refusal: 'AccessDeniedException' })
    expect(await attempt('door-1')).toHaveProperty('output')
  })
})
