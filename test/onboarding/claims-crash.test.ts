import { randomInt } from 'node:crypto'
import { rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import {
  ListAttachedPoliciesCommand,
  ListPrincipalThingsCommand,
  paginateListCertificates,
  paginateListThings,
} from '@aws-sdk/client-iot'
import { expect, it } from 'vitest'
import { makeCsr } from '../helpers/certificates.ts'
import {
  ask,
  createClaim,
  createFleetTemplate,
  csrTopic,
  provisionTopic,
  unlimitedClaims,
  type Answer,
  type Claim,
} from '../helpers/claims.ts'
import { connectDevice } from '../helpers/device.ts'
import { freshDirectory, startServerProcess, type ServerProcess } from '../helpers/server.ts'

const devices = 120
const kills = 5
const lanes = 12

let server: ServerProcess

/** As a careful device does it: with what it has, as far as that leads; else from the start. */
class NewDevice {
  readonly #claim: Claim
  readonly #number: number
  readonly #csr
  #issued: Answer | undefined

  constructor(claim: Claim, number: number) {
    this.#claim = claim
    this.#number = number
    this.#csr = makeCsr({ subject: `CN=${number}`, keyType: 'P-256' })
  }

  /** Throws when the server is killed meanwhile. Gives the id of the certificate that lets it in. */
  async attempt(): Promise<string | undefined> {
    if (this.#issued && (await this.#isLetIn(this.#issued))) return this.#issued.certificateId
    const client = await connectDevice(server, { ...this.#claim, clientId: `new-${this.#number}` })
    client.on('error', () => {}) // the kill cuts it off
    try {
      if (!this.#issued) {
        const asked = await ask(client, csrTopic, { certificateSigningRequest: this.#csr.csrPem })
        if (asked.outcome !== 'accepted') throw new Error('no certificate was issued')
        this.#issued = asked.answer
      }
      const { certificateOwnershipToken } = this.#issued
      const parameters = { SerialNumber: String(this.#number) }
      const made = await ask(client, provisionTopic, { certificateOwnershipToken, parameters })
      if (made.outcome !== 'accepted') throw new Error('it was not provisioned')
    } finally {
      client.end(true)
    }
    return undefined // and now in
  }

  async #isLetIn({ certificatePem }: Answer): Promise<boolean> {
    const own = { certificatePem: certificatePem!, privateKeyPem: this.#csr.privateKeyPem }
    const clientId = `lamp-${this.#number}`
    const device = await connectDevice(server, { ...own, clientId }).catch(() => undefined)
    device?.on('error', () => {})
    device?.end(true)
    return device !== undefined
  }
}

it('leaves no certificate behind and makes no thing twice when killed at random moments', async () => {
  const dataDir = freshDirectory()
  const limits = unlimitedClaims(dataDir)
  server = await startServerProcess({ 'data-dir': dataDir, limits })
  await createFleetTemplate(server)
  const claim = await createClaim(server)
  let done = 0
  let failures = 0
  const certificateIds = new Map<number, string>()
  const onboard = async (number: number) => {
    const device = new NewDevice(claim, number)
    for (;;) {
      const certificateId = await device.attempt().catch(() => {
        failures++
        return pause(20).then(() => undefined)
      })
      if (certificateId === undefined) continue
      certificateIds.set(number, certificateId)
      done++
      return
    }
  }
  const waiting = Array.from({ length: devices }, (_, number) => number)
  const working = Array.from({ length: lanes }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await onboard(next)
  })
  for (let kill = 0; kill < kills; kill++) {
    const moment = Math.min(done + randomInt(1, 16), devices - 1)
    while (done < moment) await pause(1)
    await pause(randomInt(0, 20))
    await server.kill()
    server = await startServerProcess({ 'data-dir': dataDir, limits })
  }
  await Promise.all(working)
  expect(failures).toBeGreaterThan(0) // some were cut off, else nothing was tried
  await expectNothingLeft(claim, certificateIds)
  await server.kill() // and once more: what was acknowledged is on disk
  server = await startServerProcess({ 'data-dir': dataDir, limits })
  await expectNothingLeft(claim, certificateIds)
  await server[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true, force: true })
})

/** What is ACTIVE is a device's own; what never became one waits to be deleted. */
async function expectNothingLeft(claim: Claim, certificateIds: ReadonlyMap<number, string>): Promise<void> {
  const { iot } = server
  const active: string[] = []
  const others = new Set<string>()
  for await (const page of paginateListCertificates({ client: iot, pageSize: 250 }, {})) {
    for (const { certificateId, status } of page.certificates!) {
      if (status === 'ACTIVE') active.push(certificateId!)
      else others.add(status!)
    }
  }
  others.delete('PENDING_ACTIVATION')
  expect([...others]).toEqual([])
  expect(active.toSorted()).toEqual([claim.certificateId, ...certificateIds.values()].toSorted())
  const things: string[] = []
  for await (const page of paginateListThings({ client: iot, pageSize: 250 }, {}))
    things.push(...page.things!.map(({ thingName }) => thingName!))
  expect(things.toSorted()).toEqual([...certificateIds.keys()].map((number) => `lamp-${number}`).toSorted())
  for (const [number, certificateId] of certificateIds) {
    const principal = claim.certificateArn.replace(claim.certificateId, certificateId)
    const attached = await iot.send(new ListPrincipalThingsCommand({ principal }))
    expect(attached.things).toEqual([`lamp-${number}`])
    const { policies } = await iot.send(new ListAttachedPoliciesCommand({ target: principal }))
    expect(policies).toHaveLength(1)
  }
}
