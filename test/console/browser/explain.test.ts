/** Why a device was refused, and the button that lets it in. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { createLog } from '../../../src/lib/log.ts'
import { openJournal, reasonCodes, type JournalCode } from '../../../src/observability/journal/index.ts'
import { databaseFile } from '../../../src/server/server-files.ts'
import { openStore } from '../../../src/store/index.ts'
import { freshDirectory, startTestServer, type TestServer } from '../../helpers/server.ts'
import type { Visit } from './browser.ts'
import { confirm } from './person.ts'
import { refusals } from './refused-devices.ts'
import { visitEachTest } from './visit-each-test.ts'

const codes = Object.keys(reasonCodes) as JournalCode[]
const accountId = '000000000000'

/** A data directory whose journal has an entry of each code, about a client of that name. */
async function writeJournal(): Promise<string> {
  const dataDir = freshDirectory()
  await using store = await openStore(databaseFile(dataDir), { onCheckpointFailure: () => {} })
  const log = createLog('silent')
  await using journal = openJournal({ store, log, now: () => new Date(), maxEntries: 1000, maxAgeDays: 30 })
  for (const code of codes) {
    const details = { evidence: `what ${code} saw` }
    journal.record({ accountId, code, at: new Date(), clientId: code, sourceIp: '192.0.2.1', details })
  }
  return dataDir
}

let server: TestServer
let visit: Visit
let page: Page

visitEachTest(
  (here) => {
    ;({ server, visit, page } = here)
  },
  { start: async () => startTestServer({ dataDir: await writeJournal() }) },
)

it('shows for every reason what it means, what was seen, and what to change', async () => {
  await page.getByRole('link', { name: 'Explain', exact: true }).click()
  for (const code of codes) {
    await page.getByLabel('Device', { exact: true }).fill(code)
    await page.keyboard.press('Enter')
    await page.getByText(`what ${code} saw`, { exact: true }).first().waitFor()
    const { meaning, advice } = reasonCodes[code]
    const texts = await page.locator('main').innerText()
    expect({ code, isMeant: texts.includes(meaning), isAdvised: texts.includes(advice) }).toEqual({
      code,
      isMeant: true,
      isAdvised: true,
    })
  }
})

describe('lets a device in with one button', () => {
  it.each(refusals)('that was refused with $code', async ({ code, button, make }) => {
    const { subject, attempt } = await make(server)
    await visit.open(subject === undefined ? '/refused' : `/explain?subject=${subject}`)
    await page.getByText(code, { exact: true }).first().waitFor()
    await page.getByRole('button', { name: button }).first().click()
    await confirm(page, button)
    await attempt() // it gets in
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
  })
})
