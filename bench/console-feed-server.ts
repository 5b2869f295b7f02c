/** A child process: the console and the journal, with as many entries a second as it is told. */
import { startJournalServer } from '../test/console/journal-server.ts'

export interface Rate {
  /** In a second, a fiftieth of them at a time. */
  entries: number
  seconds: number
}

const timesASecond = 50

const [, , dataDir = ''] = process.argv
const server = await startJournalServer(dataDir)

process.on('disconnect', () => void server[Symbol.asyncDispose]())
process.on('message', ({ entries, seconds }: Rate) => {
  let turns = seconds * timesASecond
  const timer = setInterval(() => {
    server.record(entries / timesASecond)
    if (--turns > 0) return
    clearInterval(timer)
    process.send?.('done')
  }, 1000 / timesASecond)
})
process.send?.({ apiUrl: server.apiUrl, rootKey: server.rootKey })
