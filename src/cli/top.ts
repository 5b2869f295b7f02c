/** `muster top`: what a server does now, drawn anew each second. */
import { setTimeout as pause } from 'node:timers/promises'
import { causeText } from '../lib/cause-text.ts'
import type { RefusalsReport } from '../observability/journal/index.ts'
import { CommandError, type CommandContext } from './command.ts'
import { findSigningTarget, type SigningTarget } from './running-server.ts'
import { send } from './send.ts'
import { signedRequest } from './signed-request.ts'
import { withStopSignal } from './stop-signal.ts'
import { renderFrame, type Reading, type Screen } from './top/frame.ts'
import { readMetrics } from './top/read-metrics.ts'
import { openScreen } from './top/screen.ts'

const everyMs = 1000
/** Where the output is no terminal. */
const plainScreen: Screen = {
  width: Number.POSITIVE_INFINITY,
  height: Number.POSITIVE_INFINITY,
  hasColours: false,
}

/** 0 when it was ended by a person. */
export async function top({ given, source, print }: CommandContext): Promise<number> {
  const target = findSigningTarget(source)
  const place = target.apiUrl
  if (given.has('once')) {
    const before = await read(target)
    await pause(everyMs)
    const now = await read(target)
    print(`${renderFrame({ before, now, place }, plainScreen).join('\n')}\n`)
    return 0
  }
  if (!process.stdout.isTTY)
    throw new CommandError('top draws on a terminal, and this is none: --once prints one frame', 2)
  await withStopSignal((signal) => watch(target, signal, source.environment))
  return 0
}

async function watch(
  target: SigningTarget,
  signal: AbortSignal,
  environment: CommandContext['source']['environment'],
): Promise<void> {
  let before = await read(target) // what is wrong is said before the terminal changes
  using screen = openScreen(environment)
  const ended = AbortSignal.any([signal, screen.quit])
  while (!ended.aborted) {
    await pause(everyMs, undefined, { signal: ended }).catch(() => {}) // it is to end
    if (ended.aborted) return
    try {
      const now = await read(target)
      screen.draw(renderFrame({ before, now, place: target.apiUrl }, screen.size()))
      before = now
    } catch (error) {
      screen.draw([causeText(error).slice(0, screen.size().width), 'asking again each second'])
    }
  }
}

async function read(target: SigningTarget): Promise<Reading> {
  const url = new URL('/metrics', target.apiUrl)
  const { ca } = target
  const request = { method: 'GET', headers: {}, ...(ca !== undefined && { ca }) }
  const { status, body } = await send(url, request).catch((cause: unknown) => {
    throw new CommandError(`no server answers at ${url.origin}: ${causeText(cause)}`)
  })
  if (status !== 200) throw new CommandError(`GET /metrics answered ${status}`)
  return { at: Date.now(), metrics: readMetrics(body), refusals: await readRefusals(target) }
}

/** The rest is of use to those as well who may not see it. */
async function readRefusals(target: SigningTarget): Promise<Reading['refusals']> {
  const request = { service: 'muster', method: 'GET', path: '/muster/v1/refusals?limit=5' } as const
  try {
    return ((await signedRequest(target, request)) as RefusalsReport).entries
  } catch (error) {
    return causeText(error)
  }
}
