/** A child process: each device asks for a certificate with the claim, is provisioned, and comes back with what it got. */
import { ask, csrTopic, provisionTopic } from '../test/helpers/claims.ts'
import { connectDevice } from '../test/helpers/device.ts'
import type { TestServer } from '../test/helpers/server.ts'

interface Identity {
  certificatePem: string
  privateKeyPem: string
}

export interface ClaimsLoad {
  /** What of a server its devices know. */
  server: { endpoints: { mqttPort: number; endpoint: string }; rootCa: string }
  claim: Identity
  devices: { clientId: string; csrPem: string; privateKeyPem: string }[]
  concurrency: number
}

type Device = ClaimsLoad['devices'][number]

async function onboard(
  { server, claim }: Pick<ClaimsLoad, 'server' | 'claim'>,
  { clientId, csrPem, privateKeyPem }: Device,
) {
  const known = server as TestServer
  const newcomer = await connectDevice(known, { ...claim, clientId: `new-${clientId}` })
  const { answer } = await ask(newcomer, csrTopic, { certificateSigningRequest: csrPem })
  const { certificateOwnershipToken, certificatePem = '' } = answer
  const parameters = { SerialNumber: clientId }
  const { outcome } = await ask(newcomer, provisionTopic, { certificateOwnershipToken, parameters })
  if (outcome !== 'accepted') throw new Error(`${clientId} was not provisioned: ${JSON.stringify(answer)}`)
  await newcomer.endAsync()
  const device = await connectDevice(known, { certificatePem, privateKeyPem, clientId })
  await device.endAsync()
}

process.on('message', ({ devices, concurrency, ...target }: ClaimsLoad) => {
  const waiting = devices.values()
  const lanes = Array.from({ length: concurrency }, async () => {
    for (const device of waiting) await onboard(target, device)
  })
  Promise.all(lanes).then(
    () => process.send?.({ done: true }),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
