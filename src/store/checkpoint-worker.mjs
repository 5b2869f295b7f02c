/**
 * A thread of its own that brings the write-ahead log into the database file, as that waits for the disk several times.
 * `copy` may run beside readers and writers; `begin-anew` wants that nobody writes meanwhile.
 * Where somebody copies the log, it must not begin anew before all of it is copied: a read transaction holds it from before the
 * first until the second.
 * JavaScript, as a thread that has to strip types first takes 20 MB more.
 */
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

const { file, isLogCopied } = workerData
const database = new DatabaseSync(file, { timeout: 1000 })
const holder = isLogCopied ? new DatabaseSync(file, { readOnly: true, timeout: 1000 }) : undefined
database.exec('pragma synchronous = normal; pragma wal_autocheckpoint = 0')

/** Pages in the log, and how many of them are in the database file now. */
const copy = () => database.prepare('pragma wal_checkpoint(passive)').get()

function holdAndCopy() {
  if (holder && !holder.isTransaction) {
    holder.exec('begin')
    holder.prepare('select 1 from sqlite_schema limit 1').get()
  }
  copy()
}

/**
 * The first writer after a complete checkpoint overwrites the log from its beginning and waits for the disk before it
 * does. A write that changes nothing makes that happen here.
 */
function beginAnew() {
  if (holder?.isTransaction) holder.exec('commit')
  const { log, checkpointed } = copy()
  if (checkpointed < log) return // somebody still reads from the log: another time
  database.exec('begin immediate')
  const version = database.prepare('pragma user_version').get()['user_version']
  database.exec(`pragma user_version = ${Number(version)}; commit`)
}

const tasks = { copy: holdAndCopy, 'begin-anew': beginAnew }

parentPort.on('message', (task) => {
  if (task === 'close') {
    holder?.close()
    database.close()
    parentPort.close()
    return
  }
  tasks[task]()
  parentPort.postMessage('done')
})
