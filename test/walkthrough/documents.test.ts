/** The pages of docs/, word for word: their `sh` blocks, in order, with the programs of this machine. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lacks } from '../helpers/programs.ts'
import { blocksOf, openReader, type Reader } from '../helpers/reader.ts'

let reader: Reader
beforeEach(async () => {
  reader = await openReader()
})
afterEach(() => reader[Symbol.asyncDispose]())

const follow = (...blocks: string[]) => reader.follow(...blocks)
const leftFiles = () => reader.leftFiles()

const programs = ['aws', 'openssl', 'mosquitto_pub', 'curl', 'zip']

it.skipIf(lacks(...programs))(
  'whoever follows jitp.md, shadows.md, and jitr.md gets what they promise, and finds it all below walkthrough/',
  async () => {
    const jitp = await follow(...blocksOf('jitp.md'), ...blocksOf('shadows.md'))
    expect(jitp).toMatch(
      /received CONNACK \(0\)[^]*received PUBACK[^]*"thingName": "lamp-1"[^]* provisioned /,
    )
    expect(jitp).toMatch(/"desired":\{"on":true\}/)
    const jitr = await follow(...blocksOf('jitr.md'))
    expect(jitr).toMatch(/received PUBACK[^]*"message": ?"OK"[^]*registration-announced/)
    expect(leftFiles()).toEqual(['data', 'docs', 'walkthrough'])
    expect(readdirSync(join(reader.shell.directory, 'walkthrough'))).toEqual(['jitp', 'jitr'])
  },
)

it.skipIf(lacks('aws', 'mosquitto_rr'))(
  'whoever follows claims.md has a device that got its certificate by a claim',
  async () => {
    const output = await follow(...blocksOf('claims.md'))
    expect(output).toMatch(
      /"Endpoint":"mqtt.example.com"[^]*"thingName":"lamp-7"[^]*received PUBACK[^]* provisioned /,
    )
    expect(leftFiles()).toEqual(['data', 'docs', 'walkthrough'])
  },
)

it.skipIf(lacks('aws', 'curl'))(
  'whoever follows bulk.md has a thousand things, and reads what became of them',
  async () => {
    const output = await follow(...blocksOf('bulk.md'))
    expect(output).toMatch(/^100\s1000\s0$/m)
    expect(output).toMatch(/"lineNumber":1000,.*thing\/lamp-1000"/)
    expect(leftFiles()).toEqual(['data', 'docs', 'walkthrough'])
  },
)

it.skipIf(lacks('aws', 'mosquitto_sub'))('whoever follows events.md hears of a new thing', async () => {
  const output = await follow(...blocksOf('events.md'))
  expect(output).toMatch(/^true$/im)
  expect(output).toMatch(/"eventType":"THING_EVENT"[^]*"operation":"CREATED"[^]*"thingName":"lamp-/)
  expect(leftFiles()).toEqual(['data', 'docs', 'walkthrough'])
})

it.skipIf(lacks(...programs))(
  'whoever follows authorizers.md has clients that come by a password and by a signed token',
  async () => {
    const output = await follow(...blocksOf('authorizers.md'))
    expect(output).toMatch(/"principalId": "ann"[^]*received PUBACK[^]*"message": ?"OK"[^]* connected /)
    expect(leftFiles()).toEqual(['data', 'docs', 'walkthrough'])
  },
)

it.skipIf(lacks('aws', 'curl'))('whoever follows endpoints.md has credentials for a device', async () => {
  const output = await follow('eval "$(npx muster env)"', ...blocksOf('endpoints.md'))
  expect(output).toMatch(/"credentials":\{"accessKeyId":"ASIA/)
  expect(leftFiles()).toEqual(['data', 'docs', 'walkthrough'])
})
