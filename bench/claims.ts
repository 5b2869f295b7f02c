/**
 * Server CPU of a device's whole way by claim (a connection with the claim, a certificate for its CSR, the template, a connection
 * with its own certificate) beside JITP of a brand-new device, by turns in one run.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCsr } from '../test/helpers/certificates.ts'
import { createClaim, createFleetTemplate, noRates } from '../test/helpers/claims.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../test/helpers/jitp.ts'
import type { ClaimsLoad } from './claims-load.ts'
import { clientsOf } from './clients.ts'
import { cpuOf, median } from './cpu.ts'
import { runDeviceLoad, runLoad, startMuster, withoutRates } from './servers.ts'

const rounds = 5

/** So many devices a round, so many of them at a time. */
export async function benchClaims(perRound = '200', atOnce = '32'): Promise<void> {
  const [devicesARound, concurrency] = [Number(perRound), Number(atOnce)]
  const directory = mkdtempSync(join(tmpdir(), 'muster-bench-'))
  await using muster = await startMuster(join(directory, 'data'), {
    flags: withoutRates(join(directory, 'limits.json'), noRates),
  })
  const api = clientsOf(muster)
  const roleArn = await createProvisioningRole(api)
  await createFleetTemplate(api, { provisioningRoleArn: roleArn })
  const ca = await registerCa(api, { registrationConfig: { roleArn, templateBody: provisioningTemplate() } })
  const claim = await createClaim(api)
  const { port, caFile, endpoints } = muster
  const server = { endpoints, rootCa: readFileSync(caFile, 'utf8') }

  const byClaim = async (mark: string, count: number) => {
    const devices = names(mark, count).map((clientId) => {
      const { csrPem, privateKeyPem } = makeCsr({ subject: `CN=${clientId}` })
      return { clientId, csrPem, privateKeyPem }
    })
    const load: ClaimsLoad = { server, claim, devices, concurrency }
    return (await cpuOf(muster.pid, () => runLoad('claims-load', load))) / count
  }
  const byJitp = async (mark: string, count: number) => {
    const devicesFile = join(directory, 'devices.json')
    const identities = names(`jitp-${mark}`, count).map((clientId) => {
      const { certificatePem, privateKeyPem } = ca.issue({
        subject: [
          ['C', 'NL'],
          ['CN', clientId],
        ],
      })
      return { clientId, certificatePem, privateKeyPem }
    })
    writeFileSync(devicesFile, JSON.stringify(identities))
    const load = { port, caFile, devicesFile, from: 0, to: count, concurrency, groups: 'X25519' }
    return (await cpuOf(muster.pid, () => runDeviceLoad(load))) / count
  }
  await byClaim('warm', 2 * devicesARound)
  await byJitp('warm', 2 * devicesARound)
  const spent = { claim: [] as number[], jitp: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    spent.claim.push(await byClaim(`${round}`, devicesARound))
    spent.jitp.push(await byJitp(`${round}`, devicesARound))
  }
  console.log(
    `Server CPU a device, median of ${rounds} rounds of ${devicesARound} devices, ${concurrency} at a time\n`,
  )
  print(median(spent.claim), median(spent.jitp))
  rmSync(directory, { recursive: true, force: true })
}

const names = (mark: string, count: number) => Array.from({ length: count }, (_, index) => `${mark}-${index}`)

function print(claim: number, jitp: number): void {
  console.log('| what | CPU ms | x JITP |\n|---|---|---|')
  console.log(`| JITP of a brand-new device | ${jitp.toFixed(2)} | 1.00 |`)
  console.log(`| the whole way by claim, with a CSR | ${claim.toFixed(2)} | ${(claim / jitp).toFixed(2)} |`)
}
