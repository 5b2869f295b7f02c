/** One moment of the database, page by page as it is. */
import { backup, DatabaseSync } from 'node:sqlite'

/** Copied at a time, off the event loop: 8 MiB. */
const pagesAtATime = 2048

export interface Moment extends Disposable {
  /** Writes the database as it was when this was made into `file`, which is made or written over. */
  copyTo: (file: string) => Promise<void>
}

/** The moment is now. Until it is disposed of the write-ahead log does not begin anew. */
export function holdMoment(database: string): Moment {
  const source = new DatabaseSync(database, { readOnly: true, timeout: 5000 })
  source.exec('begin')
  source.prepare('select 1 from sqlite_schema limit 1').get()
  return {
    copyTo: async (file) => void (await backup(source, file, { rate: pagesAtATime })),
    [Symbol.dispose]: () => source.close(),
  }
}
