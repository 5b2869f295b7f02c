import { stat } from 'node:fs/promises'

export interface FileWatchOptions {
  /** The files as of now; they need not be there. */
  files: () => readonly string[]
  /** Some file was written, replaced, made, or removed. Must not throw. */
  changed: () => void
  everyMs?: number
}

const defaultEveryMs = 20_000

/**
 * Looks at the times and sizes of files now and then. (The system's own notifications miss what is mounted or linked, as
 * certificates in containers are.) Disposing ends it.
 */
export function watchFiles({ files, changed, everyMs = defaultEveryMs }: FileWatchOptions): Disposable {
  let seen: string | undefined
  let isLooking = false

  async function look(): Promise<void> {
    if (isLooking) return
    isLooking = true
    const marks = await Promise.all(files().map(markOf))
    isLooking = false
    const now = marks.join('\n')
    if (seen !== undefined && seen !== now) changed()
    seen = now
  }

  void look()
  const timer = setInterval(() => void look(), everyMs).unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

async function markOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  return found ? `${path} ${found.mtimeMs} ${found.size} ${found.ino}` : path
}
