/** Names of a server's own backups, and what follows from them. Pure. */
import { archiveDraftEnding } from './members.ts'

const pattern = /^muster-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.backup$/

/** E.g. `muster-20260131T235959Z.backup`: in the order of their names they are in that of time. */
export const backupName = (now: Date): string =>
  `muster-${now.toISOString().replaceAll(/[-:]|\.\d+/g, '')}.backup`

/** Undefined for whatever is none of ours. */
function timeOf(name: string): Date | undefined {
  const [, ...parts] = pattern.exec(name) ?? []
  const [year, month, day, hour, minute, second] = parts
  if (second === undefined) return undefined
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

/** When the newest was made; undefined while there is none. */
export function newestBackup(names: readonly string[]): Date | undefined {
  const newest = Math.max(...names.flatMap((name) => timeOf(name)?.getTime() ?? []))
  return Number.isFinite(newest) ? new Date(newest) : undefined
}

/** Milliseconds from `now`; 0 when it is due, as when there is none yet. A clock that was set back delays by one `every` at most. */
export function untilNextMs(names: readonly string[], everyMs: number, now: Date): number {
  const newest = newestBackup(names)
  if (!newest) return 0
  return Math.min(Math.max(newest.getTime() + everyMs - now.getTime(), 0), everyMs)
}

/** The ones beyond the newest `keep`. What has another name is nobody's to remove. */
export function surplus(names: readonly string[], keep: number): string[] {
  const own = names.filter((name) => timeOf(name) !== undefined).toSorted()
  return own.slice(0, Math.max(own.length - keep, 0))
}

/** What a backup that was cut off has left. */
export const isCutOff = (name: string): boolean =>
  name.endsWith(archiveDraftEnding) && timeOf(name.slice(0, -archiveDraftEnding.length)) !== undefined
