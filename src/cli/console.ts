import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { CommandContext } from './command.ts'
import { findSigningTarget } from './running-server.ts'
import { signedRequest } from './signed-request.ts'

/** Prints a link that opens the console once, within a minute; on a desktop it is opened too. */
export async function openConsole({ source, print }: CommandContext): Promise<number> {
  const target = findSigningTarget(source)
  const { link } = (await signedRequest(target, {
    service: 'muster',
    method: 'POST',
    path: '/muster/v1/console/links',
  })) as { link: string }
  const url = `${target.browserUrl ?? target.apiUrl}/console/sign-in#link=${link}`
  print(`${url}\n`)
  if (source.environment['DISPLAY'] || source.environment['WAYLAND_DISPLAY']) await openInBrowser(url)
  return 0
}

/** Not being able to is no failure: the link was printed. */
async function openInBrowser(url: string): Promise<void> {
  const browser = spawn('xdg-open', [url], { stdio: 'ignore', detached: true })
  await once(browser, 'spawn').catch(() => {})
  browser.unref()
}
