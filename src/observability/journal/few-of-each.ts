import type { JournalEntry, RecordEntry } from './entry.ts'
import { reasonCodes } from './codes.ts'
import { Trickle } from './trickle.ts'

/** Keys remembered; one more makes room for itself. */
const maxKept = 10_000

interface Few {
  most: number
  windowMs: number
  /** Entries that are counted together; absent: recorded whatever comes. */
  keyOf: (entry: JournalEntry) => string | undefined
}

/** Records the first few of a kind in a while, and with a later one how many others there were (`notRecorded`). */
function fewOfEach(record: RecordEntry, { keyOf, ...rate }: Few): RecordEntry {
  const trickles = new Map<string, Trickle>()
  return (entry) => {
    const key = keyOf(entry)
    if (key === undefined) return record(entry)
    let trickle = trickles.get(key)
    if (!trickle) {
      if (trickles.size >= maxKept) trickles.delete(trickles.keys().next().value ?? '')
      trickles.set(key, (trickle = new Trickle(rate)))
    }
    const notRecorded = trickle.pass(entry.at.getTime())
    if (notRecorded === undefined) return
    record(notRecorded > 0 ? { ...entry, details: { ...entry.details, notRecorded } } : entry)
  }
}

/**
 * For what anybody can bring about who reaches a port: 20 entries of each code in a second in each account. So a flood of
 * strangers cannot push out what the journal says of devices, nor hide what another account is to find. `sourceOf` tells
 * apart those that are counted each for itself.
 */
export const recordStrangers = (
  record: RecordEntry,
  sourceOf: (entry: JournalEntry) => string = () => '',
): RecordEntry =>
  fewOfEach(record, {
    most: 20,
    windowMs: 1000,
    keyOf: (entry) => `${entry.accountId} ${entry.code} ${sourceOf(entry)}`,
  })

/** For a device, an identity, or a principal of a custom authorizer that is refused and comes back at once, again and again: 60 entries of each refusal in a minute. */
export const recordRepeats = (record: RecordEntry): RecordEntry =>
  fewOfEach(record, {
    most: 60,
    windowMs: 60_000,
    keyOf({ accountId, certificateId, code, details }) {
      const who = certificateId ?? details?.['identity'] ?? details?.['principalId']
      if (who === undefined || reasonCodes[code].level !== 'warn') return undefined
      return `${accountId}/${String(who)} ${code}`
    },
  })
