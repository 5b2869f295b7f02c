/** Whether copies are made of what is committed, or another server's lie where they should. */
import { causeText } from '../../lib/cause-text.ts'
import type { Config } from '../config.ts'
import { findOwner, parsePlace, type FoundOwner } from '../copies/index.ts'
import { serviceCredentialsOf } from '../service-credentials.ts'
import { fine, warning, type Finding } from './finding.ts'

const subject = 'copies'

export function judgeOwner(found: FoundOwner | undefined): Finding {
  if (!found) return fine(subject, 'nobody has written any there yet')
  const { claim, isOwn } = found
  if (isOwn) return fine(subject, `this server's, ${claim?.renewedAt}`)
  if (claim?.releasedAt !== undefined)
    return fine(subject, `another server's on ${claim.host} so far, which ended ${claim.releasedAt}`)
  const who = claim ? `${claim.host} since ${claim.since}, last seen ${claim.renewedAt}` : 'nobody knows who'
  return warning(
    subject,
    `another server writes its copies there: ${who}`,
    'Stop it, or name another place: --wal-copies. Nothing is copied while it runs, and for 90 seconds after.',
  )
}

/** None where no copies are asked for. */
export async function checkCopies(config: Config, dataDir: string): Promise<Finding[]> {
  const { walCopies, region } = config
  if (walCopies === undefined) return []
  try {
    const place = parsePlace(walCopies, { region, credentials: serviceCredentialsOf(config) })
    return [judgeOwner(await findOwner(place, dataDir))]
  } catch (cause) {
    return [warning(subject, causeText(cause), 'Make the place, and let the server read and write there.')]
  }
}
