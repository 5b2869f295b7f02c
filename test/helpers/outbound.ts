/** The way out of a server whose operator allows these addresses; an entry a word. */
import { parseAllowList } from '../../src/lib/outbound/allow-list.ts'
import { createJudge } from '../../src/lib/outbound/judge.ts'
import { createOutbound, type LookUpName, type Outbound } from '../../src/lib/outbound/outbound.ts'

export function openOutbound(allowed: string, lookUp?: LookUpName): Outbound {
  const judge = createJudge({ allowed: parseAllowList(allowed.split(' ').filter(Boolean)) })
  return createOutbound({ judge, ...(lookUp && { lookUp }) })
}

/** DNS that gives these addresses for every name: the first of `answers` first, the last again and again. */
export function namesLeadingTo(...answers: string[][]): LookUpName {
  let asked = 0
  return (_name, _options, callback) => {
    const addresses = answers[Math.min(asked++, answers.length - 1)] ?? []
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
}
