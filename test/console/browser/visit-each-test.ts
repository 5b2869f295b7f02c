/** Around the tests of a file: one server, and for each test a visit in which nothing may go wrong. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { startTestServer, type TestServer } from '../../helpers/server.ts'
import { openVisit, sharedBrowser, signInByLink, signInUnseen, type Visit } from './browser.ts'

export interface Here {
  browser: Browser
  server: TestServer
  visit: Visit
  /** That of the visit. */
  page: Page
}

interface VisitsOptions {
  start?: () => Promise<TestServer>
  /** What all tests of the file need to be there. */
  prepare?: (server: TestServer) => Promise<void>
  isSignedIn?: boolean
  /** Signed in, and on no page yet: each test opens its own. */
  isNowhere?: boolean
  /** How long a page is waited for. */
  timeoutMs?: number
}

/** `arrive` is told where the test is, before each. */
export function visitEachTest(
  arrive: (here: Here) => void,
  {
    start = startTestServer,
    prepare,
    isSignedIn = true,
    isNowhere = false,
    timeoutMs = 60_000,
  }: VisitsOptions = {},
): void {
  let browser: Browser
  let server: TestServer
  let visit: Visit
  beforeAll(async () => {
    browser = await sharedBrowser()
    server = await start()
    await prepare?.(server)
  })
  afterAll(() => server[Symbol.asyncDispose]())
  beforeEach(async () => {
    visit = await openVisit(browser, server)
    const { page } = visit
    page.setDefaultTimeout(timeoutMs)
    if (isSignedIn) await (isNowhere ? signInUnseen : signInByLink)(visit, server)
    arrive({ browser, server, visit, page })
  })
  afterEach(async () => {
    await visit[Symbol.asyncDispose]()
    if (visit.faults.length > 0) throw new Error(visit.faults.join('\n'))
  })
}
