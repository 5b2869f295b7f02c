/** The first page of each of the console's lists in a large account, as the console asks for it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CreateProvisioningTemplateCommand } from '@aws-sdk/client-iot'
import { makeCa } from '../test/helpers/certificates.ts'
import { Visitor } from '../test/console/visitor.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../test/helpers/jitp.ts'
import { clientsOf } from './clients.ts'
import { median } from './cpu.ts'
import { fillDatabase, filled } from './growth-fill.ts'
import { startMuster, type MeasuredMuster } from './servers.ts'

const goalMs = 300
const calls = 20
const templates = 100
const cas = 100

type Ask = (visitor: Visitor) => Promise<{ status: number }>

const own =
  (route: string): Ask =>
  (visitor) =>
    visitor.call({ path: `/muster/v1/${route}` })
const iot =
  (operation: string, input: object = {}): Ask =>
  (visitor) =>
    visitor.operation('iot', operation, input)

/** The inputs are those of `console/src/pages`. */
function listsOf(things: number): Record<string, Ask> {
  const id = filled.certificateId(things - 1)
  return {
    'journal, newest': own('journal?limit=200'),
    'journal, a reason that nothing has': own('journal?limit=200&code=ca-unknown'),
    'journal, a time range': own(`journal?limit=200&after=2020-01-01&before=${new Date().toISOString()}`),
    'journal, one device': own(`journal?limit=200&subject=${filled.thing(7)}`),
    refused: own('refusals?limit=200'),
    waiting: own('certificates?status=PENDING_ACTIVATION&limit=100'),
    Certificates: iot('ListCertificates', { pageSize: 100 }),
    Things: iot('ListThings', { maxResults: 100 }),
    CAs: iot('ListCACertificates', { pageSize: 100 }),
    Policies: iot('ListPolicies', { pageSize: 100 }),
    'Thing groups': iot('ListThingGroups', { maxResults: 100, recursive: false }),
    'Thing types': iot('ListThingTypes', { maxResults: 100 }),
    'Billing groups': iot('ListBillingGroups', { maxResults: 100 }),
    Templates: iot('ListProvisioningTemplates', { maxResults: 100 }),
    'search, CN': own(`certificates?limit=50&text=${filled.thing(things - 1)}`),
    'search, beginning of many CNs': own('certificates?limit=50&text=unit'),
    'search, serial number': own(`certificates?limit=50&text=${(things - 1 + 1048576).toString(16)}`),
    'search, beginning of an id': own(`certificates?limit=50&text=${id.slice(0, 62)}`),
    explain: own(`explain?subject=${filled.thing(things - 1)}`),
  }
}

export async function benchLists(things: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'muster-bench-'))
  try {
    const dataDir = join(directory, 'data')
    await prepare(dataDir, things)
    await using muster = await startMuster(dataDir)
    const visitor = new Visitor(muster.endpoints.apiUrl)
    await visitor.signIn(muster.rootKey)
    console.log(
      `| first page, ${things.toLocaleString('en')} things | first ms | median ms | most ms | goal |`,
    )
    console.log('|---|---|---|---|---|')
    for (const [name, ask] of Object.entries(listsOf(things))) {
      const times: number[] = []
      for (let n = 0; n < calls; n += 1) times.push(await timeOf(visitor, ask, name))
      const [first = 0] = times
      const cells = [first, median(times), Math.max(...times)].map((ms) => ms.toFixed(1))
      console.log(`| ${name} | ${cells.join(' | ')} | ${goalMs} |`)
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function timeOf(visitor: Visitor, ask: Ask, name: string): Promise<number> {
  const began = performance.now()
  const { status } = await ask(visitor)
  if (status !== 200) throw new Error(`${name}: the server answered ${status}`)
  return performance.now() - began
}

async function prepare(dataDir: string, things: number): Promise<void> {
  let account: { accountId: string; region: string }
  {
    await using muster = await startMuster(dataDir)
    account = muster.endpoints
    await makeFew(muster)
  }
  await fillDatabase({ ...account, dataDir, things, spares: 1000 })
  withCertificates(dataDir)
}

/** What is shown of certificates is read from them; all have the same one. */
function withCertificates(dataDir: string): void {
  const database = new DatabaseSync(join(dataDir, 'muster.db'))
  const { certificatePem } = makeCa().issue({ subject: 'CN=unit' })
  database.prepare('update certificates set certificate_pem = ?').run(certificatePem)
  database.close()
}

/** Of what does not grow with the devices. */
async function makeFew(muster: MeasuredMuster): Promise<void> {
  const server = clientsOf(muster)
  const [provisioningRoleArn, templateBody] = [await createProvisioningRole(server), provisioningTemplate()]
  for (let n = 0; n < templates; n += 1) {
    const templateName = `template-${n}`
    await server.iot.send(
      new CreateProvisioningTemplateCommand({
        templateName,
        type: 'JITP',
        templateBody,
        provisioningRoleArn,
      }),
    )
  }
  for (let n = 0; n < cas; n += 1) await registerCa(server, {}, { subject: `CN=Maker ${n}` })
}
