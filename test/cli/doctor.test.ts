import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runMuster } from '../helpers/muster.ts'
import { freshDirectory, startServerProcess } from '../helpers/server.ts'
import { databaseVariables } from '../helpers/stored.ts'

let directory: string
beforeEach(() => {
  directory = freshDirectory()
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

it('finds nothing wrong with a server that runs, and that another cannot have its ports', async () => {
  await using server = await startServerProcess({ 'data-dir': directory })
  const { mqttPort, httpsPort, apiUrl, pid } = server.endpoints
  const ports = [
    '--api-port',
    new URL(apiUrl).port,
    '--mqtt-port',
    `${mqttPort}`,
    '--https-port',
    `${httpsPort}`,
  ]
  const environment = await databaseVariables(directory)
  const own = await runMuster(['doctor', ...ports, '--data-dir', directory], { directory, environment })
  expect(own.stdout).toContain(`process ${pid} runs on ${directory}`)
  expect(own.stdout).toContain(`port ${mqttPort}: the running server listens on it`)
  expect(own).toMatchObject({ code: 0, stderr: '' })
  const other = await runMuster(['doctor', ...ports, '--data-dir', join(directory, 'other')], { directory })
  expect(other.stdout).toContain(`FAULT  port ${mqttPort}: another program listens on it`)
  expect(other.stdout).toContain('Faults: 3.')
  expect(other.code).toBe(1)
})
