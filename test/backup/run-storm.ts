/** `npm run storm -- 10000`: that many things are made, deleted by mistake, and brought back as of a second before. */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { setTimeout as pause } from 'node:timers/promises'
import { runMuster } from '../helpers/muster.ts'
import { freshDirectory, startServerProcess } from '../helpers/server.ts'
import { copiedUntil, createThings, deleteThings, listThings, stormNames } from './storm.ts'

const names = stormNames(Number(process.argv[2] ?? 10_000))
const say = (text: string) => void process.stdout.write(`${text}\n`)
const directory = freshDirectory()
const at = (name: string) => join(directory, name)
const secondMs = 1000

async function makeAndDelete(): Promise<Date> {
  await using server = await startServerProcess({ 'data-dir': at('data'), 'wal-copies': at('copies') })
  while (!((await copiedUntil(server)) > 0)) await pause(100)
  let begun = performance.now()
  const took = () => `${((performance.now() - begun) / 1000).toFixed(1)} s`
  await createThings(server, names)
  say(`${names.length} things made: ${took()}`)
  await pause(2 * secondMs) // a quiet moment before the mistake
  const before = new Date(Date.now() - secondMs)
  begun = performance.now()
  await deleteThings(server, names)
  say(`all deleted: ${took()}`)
  if ((await listThings(server)).length > 0) throw new Error('some were not deleted')
  await server.kill()
  return before
}

const before = await makeAndDelete()
const begun = performance.now()
const restored = await runMuster(
  ['restore', at('copies'), '--at', before.toISOString(), '--data-dir', at('restored')],
  { directory },
)
if (restored.code !== 0 || !existsSync(at('restored'))) throw new Error(restored.stderr)
say(`restored as of ${before.toISOString()}: ${((performance.now() - begun) / 1000).toFixed(1)} s`)
{
  await using server = await startServerProcess({ 'data-dir': at('restored') })
  const things = await listThings(server)
  if (!isDeepStrictEqual(things, names))
    throw new Error(`${things.length} of ${names.length} things are back`)
}
say(`all ${names.length} things are back`)
rmSync(directory, { recursive: true, force: true })
