import { reasonCodes, type JournalCode } from '../observability/journal/index.ts'
import type { Replayed, Retried } from '../server/own-answers.ts'
import type { CommandContext } from './command.ts'
import { printable } from './render-verdict.ts'
import { findSigningTarget } from './running-server.ts'
import { signedRequest } from './signed-request.ts'

/** 0 when each was announced or provisioned; 1 when one was refused. */
export async function retry(context: CommandContext): Promise<number> {
  const { operands, alternative, given, print } = context
  if (!alternative) {
    const retried = (await post(context, { certificateId: operands[0] })) as Retried
    print(renderRetried(retried))
    return isGood(retried) ? 0 : 1
  }
  const counts = { all: 0, bad: 0 }
  let nextToken: string | undefined
  do {
    const question = { caCertificateId: alternative.value, ...Object.fromEntries(given), nextToken }
    const page = (await post(context, question)) as Replayed
    for (const retried of page.retried) {
      print(renderRetried(retried))
      counts.all += 1
      if (!isGood(retried)) counts.bad += 1
    }
    nextToken = page.nextToken
  } while (nextToken !== undefined)
  print(`${counts.all} tried again, ${counts.bad} of them in vain\n`)
  return counts.bad === 0 ? 0 : 1
}

function post({ source }: CommandContext, question: object): Promise<unknown> {
  const body = JSON.stringify(question)
  const path = '/muster/v1/retry'
  return signedRequest(findSigningTarget(source), { service: 'muster', method: 'POST', path, body })
}

const isGood = ({ code }: Retried) => reasonCodes[code as JournalCode]?.level !== 'warn'

const renderRetried = ({ certificateId, code, status, pendingReason }: Retried) =>
  `${certificateId} ${code}, ${status}${pendingReason === undefined ? '' : `: ${printable(pendingReason)}`}\n`
