/** When it is told that a certificate is about to expire. Pure. */

/** Days before the end. */
export const noticeDays = [60, 30, 7] as const

export type NoticeDays = (typeof noticeDays)[number]

const dayMs = 86_400_000

/**
 * The first notice after a moment, in epoch milliseconds; `null`: there is none any more. What has a life of 50 days is
 * told of twice: nobody is told of 60 days that it never had.
 */
export function nextNotice(notAfter: Date, after: Date): number | null {
  const end = notAfter.getTime()
  const next = noticeDays.find((days) => end - days * dayMs > after.getTime())
  return next === undefined ? null : end - next * dayMs
}

/** Which notice is due; `undefined` once it is over. The latest counts, where a server was not running meanwhile. */
export function dueNotice(notAfter: Date, now: Date): NoticeDays | undefined {
  const left = notAfter.getTime() - now.getTime()
  return left < 0 ? undefined : noticeDays.findLast((days) => left <= days * dayMs)
}
