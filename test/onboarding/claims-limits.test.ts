/** How many devices a claim provisions, until when, and how fast. */
import { TagResourceCommand } from '@aws-sdk/client-iot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ask, createClaim, createTopic } from '../helpers/claims.ts'
import { connectDevice } from '../helpers/device.ts'
import { startTestServer } from '../helpers/server.ts'
import { openClaimScene, type ClaimScene } from './claim-scene.ts'

let scene: ClaimScene
beforeEach(async () => void (scene = await openClaimScene()))
afterEach(() => scene[Symbol.asyncDispose]())

describe('a claim', () => {
  const tag = (Key: string, Value: string) =>
    scene.server.iot.send(
      new TagResourceCommand({ resourceArn: scene.claim.certificateArn, tags: [{ Key, Value }] }),
    )
  const denied = {
    outcome: 'rejected',
    answer: { statusCode: 403, errorCode: 'AccessDenied', errorMessage: 'Access denied' },
  }

  it('provisions as many devices as muster:claim-uses says, those of before counted', async () => {
    expect(await scene.provision(await scene.getToken())).toMatchObject({ outcome: 'accepted' })
    await tag('muster:claim-uses', '2')
    const tokens = [await scene.getToken(), await scene.getToken()]
    const used = await scene.provision(tokens[0], { parameters: { SerialNumber: '8' } })
    expect(used).toMatchObject({ outcome: 'accepted' })
    expect(await scene.provision(tokens[1], { parameters: { SerialNumber: '9' } })).toEqual(denied)
    expect(await ask(scene.client, createTopic)).toEqual(denied)
    expect(await scene.lastRefusal()).toMatchObject({ code: 'claim-limit', details: { uses: 2 } })
    expect(await scene.things()).toEqual(['lamp-7', 'lamp-8'])
  })

  it('provisions no more of them when they ask at once', async () => {
    const tokens: string[] = []
    for (let device = 0; device < 6; device++) tokens.push(await scene.getToken())
    await tag('muster:claim-uses', '4')
    expect(await scene.provisionAtOnce(tokens)).toBe(4)
    expect(await scene.things()).toHaveLength(4)
  })

  it('provisions nobody after muster:claim-until', async () => {
    const token = await scene.getToken()
    await tag('muster:claim-until', '2020-01-01')
    expect(await scene.provision(token)).toEqual(denied)
    await tag('muster:claim-until', '2049-01-01T00:00:00Z')
    expect(await scene.provision(token)).toMatchObject({ outcome: 'accepted' })
  })

  it.each([
    ['muster:claim-uses', '-1'],
    ['muster:claim-uses', 'many'],
    ['muster:claim-until', 'tomorrow'],
    ['muster:claim-until', '2030-13-01'],
    ['muster:first-connection', 'close'],
  ])('cannot be tagged %s=%s', async (key, value) => {
    await expect(tag(key, value)).rejects.toMatchObject({ name: 'InvalidRequestException' })
  })
})

it('a claim that asks too fast is told so', async () => {
  await scene.client.endAsync()
  await scene.server[Symbol.asyncDispose]()
  scene.server = await startTestServer({}, { maxKeysByClaimPerSecond: 0.1 })
  scene.claim = await createClaim(scene.server)
  scene.client = await connectDevice(scene.server, { ...scene.claim, clientId: 'new' })
  expect(await ask(scene.client, createTopic)).toMatchObject({ outcome: 'accepted' })
  const refused = await ask(scene.client, createTopic)
  expect(refused).toEqual({
    outcome: 'rejected',
    answer: { statusCode: 429, errorCode: 'TooManyRequests', errorMessage: 'Rate exceeded' },
  })
  expect(await scene.lastRefusal()).toMatchObject({ code: 'throttled' })
})
