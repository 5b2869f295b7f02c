/** docs/backup.md, word for word. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { lacks } from '../helpers/programs.ts'
import { blocksOf, openReader } from '../helpers/reader.ts'
import { startServerProcess } from '../helpers/server.ts'

it.skipIf(lacks('aws'))('whoever follows backup.md has the state of the backup again', async () => {
  await using reader = await openReader()
  const { shell, follow } = reader
  const [backUp = '', restore = ''] = blocksOf('backup.md')
  const environment = 'eval "$(npx muster env)"'
  expect(await follow(environment, 'aws iot create-thing --thing-name before', backUp)).toMatch(/is whole/)
  expect(statSync(join(shell.directory, 'muster.backup')).mode & 0o077).toBe(0)
  await follow(environment, 'aws iot create-thing --thing-name after', restore)
  await reader.server[Symbol.asyncDispose]()
  await using _server = await startServerProcess({ 'data-dir': join(shell.directory, 'restored') })
  const environmentThere = 'eval "$(npx muster env --data-dir restored)"'
  const things = await follow(
    environmentThere,
    "aws iot list-things --query 'things[].thingName' --output text",
  )
  expect(things.trim()).toBe('before')
})
