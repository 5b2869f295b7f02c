/** A real browser on the console of a real server, and what must never happen in it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { chromium, type Browser, type BrowserContext, type Locator, type Page } from 'playwright-core'
import { targetOf } from '../../../src/cli/running-server.ts'
import { signedRequest } from '../../../src/cli/signed-request.ts'
import type { TestServer } from '../../helpers/server.ts'
import { comeToRest } from './rest.ts'

/** The shell that draws nothing on a screen is the lighter one; Debian has both. */
const programs = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium']
const executablePath = process.env['MUSTER_TEST_CHROMIUM'] ?? programs.find(existsSync) ?? 'chromium'

let launched: Promise<Browser> | undefined

/** One for all files of tests that this process runs, whose visits know nothing of each other; it ends with the process. */
export async function sharedBrowser(): Promise<Browser> {
  launched ??= launchBrowser()
  const browser = await launched
  if (browser.isConnected()) return browser
  launched = undefined // it crashed under another file
  return sharedBrowser()
}

function launchBrowser(): Promise<Browser> {
  const quiet = [
    '--disable-gpu',
    '--disable-quic',
    '--disable-background-networking',
    '--disable-component-update',
  ]
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--no-first-run', '--disable-sync', ...quiet],
  })
}

export interface Visit extends AsyncDisposable {
  page: Page
  context: BrowserContext
  origin: string
  /** Errors of scripts, violations of the content security policy, requests to elsewhere. */
  faults: string[]
  open: (path: string) => Promise<void>
}

interface VisitOptions {
  width?: number
  scheme?: 'light' | 'dark'
}

/** What the browser says of an answer of 4xx is the answer's affair. */
const isOfAnAnswer = (text: string) => text.startsWith('Failed to load resource')

export async function openVisit(
  browser: Browser,
  server: TestServer,
  { width = 1440, scheme = 'light' }: VisitOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: scheme,
    ignoreHTTPSErrors: true, // of Muster's own root, which this browser does not know
  })
  const page = await context.newPage()
  const origin = server.endpoints.apiUrl
  const faults: string[] = []
  context.on('weberror', (fault) => faults.push(`error: ${fault.error().message}`))
  context.on('console', (message) => {
    if (message.type() === 'error' && !isOfAnAnswer(message.text())) faults.push(`console: ${message.text()}`)
  })
  context.on('request', (request) => {
    const url = new URL(request.url())
    if (url.origin !== origin && url.protocol !== 'data:') faults.push(`request to ${url.origin}`)
  })
  return {
    page,
    context,
    origin,
    faults,
    open: async (path) => void (await page.goto(`${origin}/console${path}`)),
    [Symbol.asyncDispose]: () => context.close(),
  }
}

const looks = [1440, 390].flatMap((width) =>
  (['light', 'dark'] as const).map((scheme) => ({ width, scheme })),
)

/**
 * Pictures for the documents, where they are asked for: `MUSTER_SCREENSHOTS=docs/images npm run test:console`.
 * `<name>.png` is the wide and light one; the others, named by what they are, are to be looked at.
 */
export async function picture({ page }: Visit, name: string): Promise<void> {
  const directory = process.env['MUSTER_SCREENSHOTS']
  if (directory === undefined) return
  for (const { width, scheme } of looks.toReversed()) {
    await page.setViewportSize({ width, height: 900 })
    await page.emulateMedia({ colorScheme: scheme })
    const opener = page.getByRole('button', { name: 'Open navigation' })
    if (width > 700 && (await opener.isVisible())) await opener.click() // the narrow page has closed it
    await page.mouse.move(width / 2, 1) // points at nothing
    await comeToRest(page)
    const isFirst = width === 1440 && scheme === 'light'
    await page.screenshot({ path: join(directory, `${name}${isFirst ? '' : `-${width}-${scheme}`}.png`) })
  }
}

/** Puts `text` in place of all that is in an editor: of long texts only what is seen is in the page. */
export async function rewrite(editor: Locator, text: string): Promise<void> {
  const beginning = withoutSpaces(text).slice(0, 40)
  const type = async () => {
    await editor.click()
    await editor.press('ControlOrMeta+a')
    await editor.page().keyboard.insertText(text)
    return withoutSpaces(await editor.innerText()).slice(0, beginning.length)
  }
  await expect.poll(type).toBe(beginning) // a page that has just come may not hear its keys yet
}

const withoutSpaces = (text: string) => text.replaceAll(/\s/g, '')

/** As `muster console` gives it out. */
async function askForLink(server: TestServer): Promise<string> {
  const request = { service: 'muster', method: 'POST', path: '/muster/v1/console/links' } as const
  const { link } = (await signedRequest(targetOf(server), request)) as { link: string }
  return link
}

/** As the page for signing in does with a link, for who goes on to another page than the first: to draw one costs seconds. */
export async function signInUnseen({ context, origin }: Visit, server: TestServer): Promise<void> {
  const answer = await context.request.post(`${origin}/console/session`, {
    headers: { origin, 'x-muster-console': '1', 'sec-fetch-site': 'same-origin' },
    data: { link: await askForLink(server) },
  })
  if (!answer.ok()) throw new Error(`the session was refused with ${answer.status()}: ${await answer.text()}`)
}

export async function signInByLink({ page, origin }: Visit, server: TestServer): Promise<void> {
  const link = await askForLink(server)
  await page.goto(`${origin}/console/sign-in#link=${link}`)
  await page.getByRole('heading', { name: 'Live' }).waitFor()
}

/** Picks an entry of a list that opens below its field, and sees it there: a list that is just filled may not hear a click. */
export async function choose(page: Page, label: string, option: string): Promise<void> {
  const field = page.getByRole('button', { name: label }).first()
  const entry = page.getByRole('option', { name: option }).first()
  const pick = async () => {
    if (!(await entry.isVisible())) await field.click()
    await entry.click()
    return field.textContent()
  }
  await expect.poll(pick).toContain(option)
}
