/** The record of API calls in the console: who did what, and what came of it. */
import { CreateAccessKeyCommand, CreateUserCommand } from '@aws-sdk/client-iam'
import * as Iot from '@aws-sdk/client-iot'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { lacks } from '../../helpers/programs.ts'
import type { TestServer } from '../../helpers/server.ts'
import { openShell, parseExports } from '../../helpers/shell.ts'
import { choose, type Visit } from './browser.ts'
import { lookAtPages } from './look-at-pages.ts'
import { goTo, heading } from './person.ts'
import { visitEachTest } from './visit-each-test.ts'

const markup = '<img src=x onerror=document.title=1>'
const reversed = 'invoice\u202Efdp.exe'

let server: TestServer
let visit: Visit
let page: Page

visitEachTest(
  (here) => {
    ;({ server, visit, page } = here)
  },
  { prepare: makeCalls },
)

/** Of root, and of somebody who may do nothing. */
async function makeCalls({ iot, iam, endpoints }: TestServer): Promise<void> {
  const topicRulePayload = { sql: "SELECT * FROM 'a'", description: `${markup} ${reversed}`, actions: [] }
  await iot.send(new Iot.CreateTopicRuleCommand({ ruleName: 'quiet', topicRulePayload }))
  await iot.send(new Iot.CreateThingCommand({ thingName: 'lamp-1' }))
  await iot.send(new Iot.DescribeThingCommand({ thingName: 'lamp-1' }))
  await iot.send(new Iot.CreateThingCommand({ thingName: 'lamp-2' }))
  await iot.send(new Iot.CreateThingCommand({ thingName: 'lamp-2', thingTypeName: 'none' })).catch(() => {})
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  const { apiUrl: endpoint, region } = endpoints
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  const ann = new Iot.IoTClient({ endpoint, region, credentials })
  await ann.send(new Iot.DeleteThingCommand({ thingName: 'lamp-1' })).catch(() => {})
  ann.destroy()
}

/** Event and outcome of the rows, the newest first. */
async function rows(): Promise<string[]> {
  const cells = page.locator('tbody tr').filter({ has: page.getByRole('link') })
  const texts = await cells.allInnerTexts()
  return texts.map((text) => {
    const [event = ''] = text.trim().split(/\s/)
    return `${event} ${/Succeeded|Refused|Failed/.exec(text)?.[0] ?? ''}`
  })
}
const search = () => Object.fromEntries(new URL(page.url()).searchParams)

it('lists calls by user, event, resource, kind, and outcome, as the address says', async () => {
  await goTo(page, 'Audit')
  await heading(page, 'Audit').waitFor()
  await page.getByRole('link', { name: 'CreateUser' }).waitFor()
  expect(await rows()).not.toContain('DescribeThing Succeeded')

  await page.getByLabel('Resource').fill('lamp-1')
  await expect.poll(rows).toEqual(['DeleteThing Refused', 'CreateThing Succeeded'])
  await page.getByLabel('User name').fill('ann')
  await expect.poll(rows).toEqual(['DeleteThing Refused'])
  await page.getByLabel('Resource').fill('')
  await expect.poll(rows).toEqual(['DeleteThing Refused'])
  await page.getByLabel('User name').fill('')
  await choose(page, 'Outcome', 'Failed')
  await expect.poll(rows).toContain('CreateThing Failed')
  await page.getByLabel('Event name').fill('CreateThing')
  await expect.poll(rows).toEqual(['CreateThing Failed'])
  expect(search()).toEqual({ event: 'CreateThing', outcome: 'failed' })
  await page.reload()
  await expect.poll(rows).toEqual(['CreateThing Failed'])
})

it('shows what the address says, and what is wrong with it', async () => {
  for (const [query, expected] of [
    ['calls=reads&resource=lamp-1', ['DescribeThing Succeeded']],
    ['calls=all&resource=lamp-1&outcome=succeeded', ['DescribeThing Succeeded', 'CreateThing Succeeded']],
    ['resource=arn:aws:iot:us-east-1:000000000000:thing/lamp-1&outcome=refused', ['DeleteThing Refused']],
    ['user=ann&range=15m', ['DeleteThing Refused']],
  ] as const) {
    await visit.open(`/audit?${query}`)
    await expect.poll(rows, { message: query }).toEqual(expected)
  }
  await visit.open('/audit?event=CreateThing&range=own&before=2026-01-01')
  await page.getByText('No such call is recorded.').waitFor()
  await visit.open('/audit?range=own&after=yesterday')
  await page.getByText('after must be a time like').waitFor()
  await visit.open(`/audit/event?id=${markup}`)
  await page.getByText(`There is no event ${markup}`).waitFor()
})

it('shows one call whole, and what anybody wrote into it as text', async () => {
  await visit.open('/audit?event=CreateTopicRule')
  await page.getByRole('link', { name: 'CreateTopicRule' }).click()
  await heading(page, 'CreateTopicRule').waitFor()
  const link = page.getByRole('link', { name: /rule\/quiet$/ })
  expect(await link.getAttribute('href')).toBe('/console/rules/quiet')
  await page.getByText(markup).waitFor()
  await page.locator('.cm-specialChar').waitFor() // what turns the direction of text is seen
  await expect.poll(() => page.title()).toBe('Muster')
  const { pathname, search: query } = new URL(page.url())
  expect(await lookAtPages(visit, [`${pathname}${query}`])).toEqual({})
})

it.skipIf(lacks('aws'))('shows commands that do the same', async () => {
  using printed = openShell({})
  const exports = await printed.expect(`muster env --data-dir ${server.dataDir}`)
  using shell = openShell({ ...parseExports(exports), MUSTER_DATA_DIR: server.dataDir })
  await visit.open('/audit?user=ann&range=1h')
  await expect.poll(rows).toEqual(['DeleteThing Refused'])
  await page.getByText('Show as CLI').click()
  await page.getByText('npx muster audit verify').waitFor()
  const lines = await page.getByText(/^(?:aws|npx) /).allInnerTexts()
  expect(lines.length).toBe(3)
  const [lookup, exported, verified] = await Promise.all(
    lines.map((line) => shell.expect(`npx() { "$@"; }\n${line}`)),
  )
  const href = await page.getByRole('link', { name: 'DeleteThing' }).getAttribute('href')
  const eventId = new URL(href!, visit.origin).searchParams.get('id')
  const { Events } = JSON.parse(lookup!) as { Events: { EventId: string }[] }
  expect(Events.map((event) => event.EventId)).toEqual([eventId])
  expect(exported).toContain(`"eventID":"${eventId}"`)
  expect(verified).toMatch(/^ok +account 000000000000: \d+ entries/)
})
