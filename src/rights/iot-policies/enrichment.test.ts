/** Message enrichment: what a connection's messages are given by the type of its thing, always current. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import { thingTypesOperations } from '../../registry/thing-types/index.ts'
import type { DeviceCertificate } from '../../pki/certificates/index.ts'
import { createDeviceAuthorizer, type DeviceAuthorizer } from './index.ts'
import { context, openTestAccount, type TestAccount } from './testing/test-account.ts'

const ca = makeCa()
let account: TestAccount
let authorizer: DeviceAuthorizer
let certificate: DeviceCertificate
let types: ReturnType<typeof thingTypesOperations>

const byModel = [
  { userPropertyKey: 'model', thingAttribute: 'model' },
  { userPropertyKey: 'client', connectionAttribute: 'iot:ClientId' },
  { userPropertyKey: 'thing', connectionAttribute: 'iot:Thing.ThingName' },
  { userPropertyKey: 'none', thingAttribute: 'toString' },
]
const propertiesOf = (propagatingAttributes: object[]) => ({
  thingTypeName: 'Lamp',
  thingTypeProperties: { mqtt5Configuration: { propagatingAttributes } },
})

beforeEach(async () => {
  account = await openTestAccount(ca)
  const { store, fabric, now } = account
  authorizer = createDeviceAuthorizer({ store, fabric, now })
  types = thingTypesOperations({ store, fabric, now, hasThingsOfType: async () => false })
  certificate = await account.registerCertificate('CN=lamp-1')
})
afterEach(async () => {
  authorizer[Symbol.dispose]()
  await account[Symbol.asyncDispose]()
})

const open = async (clientId = 'lamp-1', protocol: 'mqtt' | 'http' = 'mqtt') =>
  authorizer.open({
    accountId: context.accountId,
    certificate,
    clientId,
    sourceIp: '198.51.100.7',
    protocol,
  })

/** A thing of the type, with the certificate attached to it. */
async function makeLamp(): Promise<void> {
  const thing = {
    thingName: 'lamp-1',
    thingTypeName: 'Lamp',
    attributePayload: { attributes: { model: 'A1' } },
  }
  await account.things.CreateThing(thing, context)
  await account.things.AttachThingPrincipal(
    { thingName: 'lamp-1', principal: certificate.certificateArn },
    context,
  )
}

it('comes from attributes of the thing and of the connection', async () => {
  await types.CreateThingType(propertiesOf(byModel), context)
  await makeLamp()
  using device = await open()
  expect(device.userProperties).toEqual([
    ['model', 'A1'],
    ['client', 'lamp-1'],
    ['thing', 'lamp-1'],
  ])
  using stranger = await open('another')
  using overHttp = await open('lamp-1', 'http')
  expect([stranger.userProperties, overHttp.userProperties]).toEqual([undefined, undefined])
})

it('follows the type, the attributes, and the attachment while the client is connected', async () => {
  await types.CreateThingType({ thingTypeName: 'Lamp' }, context)
  await makeLamp()
  using device = await open()
  expect(device.userProperties).toBeUndefined()
  await types.UpdateThingType(propertiesOf(byModel.slice(0, 1)), context)
  expect(device.userProperties).toEqual([['model', 'A1']])
  const attributePayload = { attributes: { model: 'B2' } }
  await account.things.UpdateThing({ thingName: 'lamp-1', attributePayload }, context)
  expect(device.userProperties).toEqual([['model', 'B2']])
  await types.UpdateThingType(propertiesOf([]), context)
  expect(device.userProperties).toBeUndefined()
  await types.UpdateThingType(propertiesOf(byModel.slice(0, 1)), context)
  await account.things.UpdateThing({ thingName: 'lamp-1', removeThingType: true }, context)
  expect(device.userProperties).toBeUndefined()
})

it('is seen by who connects while the type changes', async () => {
  await types.CreateThingType({ thingTypeName: 'Lamp' }, context)
  await makeLamp()
  const opening = open()
  const changed = types.UpdateThingType(propertiesOf(byModel.slice(0, 1)), context)
  using device = await opening
  await changed
  expect(device.userProperties).toEqual([['model', 'A1']])
})
