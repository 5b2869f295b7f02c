/** Forgets tasks that ended long ago, with their reports. */
import type { Store } from '../../store/index.ts'
import { deleteParts } from './report-store.ts'
import { deleteTask, listEnded } from './store.ts'
import { keptMs, type RegistrationTask } from './task.ts'

/** Lines whose reports are deleted in one transaction: others wait behind it. */
const linesAtOnce = 5000
const tasksAtOnce = 10

export async function sweepEnded(store: Store, now: Date): Promise<void> {
  const before = new Date(now.getTime() - keptMs)
  for (;;) {
    const ended = await listEnded(store.read, before, tasksAtOnce)
    for (const task of ended) await forget(store, task)
    if (ended.length < tasksAtOnce) return
  }
}

async function forget(store: Store, task: RegistrationTask): Promise<void> {
  for (let from = 1; from < task.nextLine; from += linesAtOnce)
    await store.transact(async (db) => {
      const to = from + linesAtOnce
      await deleteParts(db, task, { reportType: 'RESULTS', from, to })
      await deleteParts(db, task, { reportType: 'ERRORS', from, to })
    })
  await store.transact((db) => deleteTask(db, task))
}
