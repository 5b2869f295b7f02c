/**
 * A thread of its own that brings the write-ahead log into the database file, as that waits for the disk several times.
 * `copy` may run beside readers and writers; `begin-anew` wants that nobody writes meanwhile.
 * JavaScript, as a thread that has to strip types first takes 20 MB more.
 */
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

const database = new DatabaseSync(workerData, { timeout: 1000 })
database.exec('pragma synchronous = normal; pragma wal_autocheckpoint = 0')

/** Pages in the log, and how many of them are in the database file now. */
const copy = () => database.prepare('pragma wal_checkpoint(passive)').get()

/**
 * The first writer after a complete checkpoint overwrites the log from its beginning and waits for the disk before it
 * does. A write that changes nothing makes that happen here.
 */
function beginAnew() {
  const { log, checkpointed } = copy()
  if (checkpointed < log) return // somebody still reads from the log: another time
  database.exec('begin immediate')
  const version = database.prepare('pragma user_version').get()['user_version']
  database.exec(`pragma user_version = ${Number(version)}; commit`)
}

const tasks = { copy, 'begin-anew': beginAnew }

parentPort.on('message', (task) => {
  if (task === 'close') {
    database.close()
    parentPort.close()
    return
  }
  tasks[task]()
  parentPort.postMessage('done')
})
