/** Why a device was refused, and the button that lets it in. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { reasonCodes, type JournalCode } from '../../../src/observability/journal/index.ts'
import { startTestServer, type TestServer } from '../../helpers/server.ts'
import type { Visit } from './browser.ts'
import { confirm } from './person.ts'
import { refusals } from './refused-devices.ts'
import { visitEachTest } from './visit-each-test.ts'
import { writeJournal } from './write-journal.ts'

const codes = Object.keys(reasonCodes) as JournalCode[]

/** Of each code, about a client of that name. */
const entries = codes.map((code) => ({
  code,
  at: new Date(),
  clientId: code,
  sourceIp: '192.0.2.1',
  details: { evidence: `what ${code} saw` },
}))

let server: TestServer
let visit: Visit
let page: Page

visitEachTest(
  (here) => {
    ;({ server, visit, page } = here)
  },
  { start: async () => startTestServer({ dataDir: await writeJournal(entries) }) },
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
