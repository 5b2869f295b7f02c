/** What a certificate can do yet at a node that is cut off, after another node has answered that it is revoked. */
import { setTimeout as wait } from 'node:timers/promises'
import { UpdateCertificateCommand } from '@aws-sdk/client-iot'
import { closed } from '../../helpers/device.ts'
import type { ServerProcess } from '../../helpers/server.ts'
import type { Outcome } from './outcome.ts'
import type { Place } from './place.ts'
import { Witness } from './witness.ts'

export interface Disturbance {
  what: string
  /** To the first node. */
  begin: (node: ServerProcess) => void
  end: (node: ServerProcess) => void
  /** The node must not serve on with it. */
  isFatal: boolean
  /** It runs no more until the end. */
  isStopped?: boolean
}

/** How long a node may serve that is cut off from the database, and what this machine may need to notice. */
const mustCloseMs = 5000

const watchOnMs = 4000

export async function revokeDuring(place: Place, disturbance: Disturbance): Promise<Outcome> {
  const { what, begin, end, isFatal } = disturbance
  const [first, second] = place.nodes
  const deviceOf = (role: string) => place.deviceOf(`${role}-${what.replaceAll(/\W+/g, '-')}`)
  await using witness = await Witness.begin(() => place.nodes[0]!, deviceOf('publisher'), deviceOf('knocker'))
  const bystander = await deviceOf('bystander').connect(first!, { clean: true })
  await wait(1000)
  const begunAt = performance.now()
  begin(first!)
  let closedMs: number | undefined
  void closed(bystander.client).then(() => (closedMs = performance.now() - begunAt))
  const revokedMs = await revoke(second!, witness.certificateIds)
  const revokedAt = performance.now()
  await wait(watchOnMs)
  end(first!)
  await wait(watchOnMs)
  const lastWords = wordsOfEnded(first!)
  if (isFatal || lastWords !== undefined) await place.startAgain(0)
  await wait(watchOnMs)
  bystander.client.end(true)
  const before = witness.acceptedOf({ to: revokedAt }).length
  const after = witness.acceptedOf({ from: revokedAt })
  const faults = [
    ...(before === 0 ? ['nothing was accepted before'] : []),
    ...(after.length > 0 ? [`after "revoked" was answered: ${after.join(', ')}`] : []),
    ...closingFaults(disturbance, closedMs),
    ...(isFatal || lastWords === undefined ? [] : [`it has ended: ${lastWords}`]),
  ]
  const figures = { 'revoked after ms': revokedMs, 'accepted before': before, 'accepted after': after.length }
  return { what, figures: { ...figures, 'devices closed after ms': closedMs ?? 'never' }, faults }
}

/** What it said of its lease; undefined while it runs. A disk that stalls for seconds takes a lease as well as a cut line does. */
function wordsOfEnded({ process: { exitCode, signalCode }, output }: ServerProcess): string | undefined {
  if (exitCode === null && signalCode === null) return undefined
  const lines = output().split('\n')
  return lines
    .filter((line) => /lease/.test(line))
    .map((line) => line.slice(0, 300))
    .join('\n')
}

/** Of a node that is stopped nobody hears that it has closed anything until it goes on. */
function closingFaults({ isFatal, isStopped }: Disturbance, closedMs?: number): string[] {
  if (!isFatal) return closedMs === undefined ? [] : ['its devices were closed, though it may serve']
  if (closedMs === undefined) return ['its devices were not closed']
  if (isStopped || closedMs <= mustCloseMs) return []
  return [`its devices were closed after ${Math.round(closedMs)} ms instead of ${mustCloseMs}`]
}

/** Both at once; milliseconds until both were answered. */
async function revoke({ iot }: ServerProcess, certificateIds: readonly string[]): Promise<number> {
  const begunAt = performance.now()
  await Promise.all(
    certificateIds.map((certificateId) =>
      iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'REVOKED' })),
    ),
  )
  return performance.now() - begunAt
}
