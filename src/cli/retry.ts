import { reasonCodes, type JournalCode } from '../observability/journal/index.ts'
import type { Replayed, Retried } from '../server/own-answers.ts'
import { CommandError, type CommandContext } from './command.ts'
import { printable } from './render-verdict.ts'
import { findSigningTarget } from './running-server.ts'
import { signedRequest } from './signed-request.ts'

/** 0 when each was announced or provisioned; 1 when one was refused. */
export const retry = (context: CommandContext): Promise<number> =>
  haveDecided(context, { door: 'retry', done: 'tried again', range: Object.fromEntries(context.given) })

/** 0 when each was let in; 1 when one was refused. */
export async function approve(context: CommandContext): Promise<number> {
  const { all, ...range } = Object.fromEntries(context.given)
  const isOfCa = context.alternative !== undefined
  if (isOfCa !== (all !== undefined))
    throw new CommandError('--ca and --all go together: all that wait of this CA certificate are let in', 2)
  return haveDecided(context, { door: 'approve', done: 'approved', range })
}

interface Door {
  door: string
  /** For a person. */
  done: string
  range: Record<string, string>
}

/** The certificates that are named, or all of a CA that wait, a page at a time. */
async function haveDecided(context: CommandContext, { door, done, range }: Door): Promise<number> {
  const { operands, alternative, print } = context
  const counts = { all: 0, bad: 0 }
  const show = (retried: Retried) => {
    print(renderRetried(retried))
    counts.all += 1
    if (!isGood(retried)) counts.bad += 1
  }
  for (const certificateId of operands) show((await post(context, door, { certificateId })) as Retried)
  let nextToken: string | undefined
  if (alternative)
    do {
      const question = { caCertificateId: alternative.value, ...range, nextToken }
      const page = (await post(context, door, question)) as Replayed
      page.retried.forEach(show)
      nextToken = page.nextToken
    } while (nextToken !== undefined)
  if (alternative || operands.length > 1) print(`${counts.all} ${done}, ${counts.bad} of them in vain\n`)
  return counts.bad === 0 ? 0 : 1
}

function post({ source }: CommandContext, door: string, question: object): Promise<unknown> {
  const body = JSON.stringify(question)
  const path = `/muster/v1/${door}`
  return signedRequest(findSigningTarget(source), { service: 'muster', method: 'POST', path, body })
}

const isGood = ({ code }: Retried) => reasonCodes[code as JournalCode]?.level !== 'warn'

const renderRetried = ({ certificateId, code, status, pendingReason }: Retried) =>
  `${certificateId} ${code}, ${status}${pendingReason === undefined ? '' : `: ${printable(pendingReason)}`}\n`
