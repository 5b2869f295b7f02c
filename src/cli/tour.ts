import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseConfig } from '../server/config.ts'
import { startServer } from '../server/server.ts'
import type { CommandContext } from './command.ts'
import { findByDataDirectory } from './running-server.ts'
import { jitpJourney } from './tour/jitp.ts'
import { jitrJourney } from './tour/jitr.ts'

/** Exits 0 only if every step really happened. */
export async function tour({ source, print }: CommandContext): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), 'muster-tour-'))
  const ports = { apiPort: '0', mqttPort: '0', httpsPort: '0' }
  const flags = {
    logLevel: 'silent',
    ...source.flags,
    dataDir,
    host: '127.0.0.1',
    endpoint: 'localhost',
    ...ports,
  }
  let steps = 0
  const step = (text: string) => print(`\n${(steps += 1)}. ${text}\n`)
  const show = (text: string) => print(`   ${text}\n`)
  try {
    print('Muster tour: two devices are onboarded just in time, before your eyes.\n')
    await using server = await startServer(parseConfig({ flags, environment: {} }))
    step('A fresh Muster server is running.')
    show(`AWS APIs         ${server.endpoints.apiUrl}`)
    show(`devices          ${server.endpoints.endpoint}:${server.endpoints.mqttPort}`)
    const journey = { server: findByDataDirectory(dataDir), step, show }
    await jitpJourney(journey)
    await jitrJourney(journey)
    print(
      '\nAll of this really happened. Start your own server: npx muster start\nand look at it in a browser: npx muster console\n',
    )
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
  return 0
}
