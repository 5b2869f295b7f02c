import { existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { makeDirectory } from '../lib/make-directory.ts'
import { configFileName, renderConfigFile } from '../server/config-file.ts'
import { parseConfig } from '../server/config.ts'
import { CommandError, type CommandContext } from './command.ts'

/** Writes what was given as flags, and every other option commented out. Nothing is written over. */
export async function init({ source, configPath, print }: CommandContext): Promise<number> {
  const { dataDir } = parseConfig(source)
  const file = resolve(configPath ?? join(dataDir, configFileName))
  if (existsSync(file))
    throw new CommandError(`there is a configuration ${file} already; it is left as it is`)
  // the file in the data directory is found by it
  const given = configPath === undefined ? { ...source.flags, dataDir: undefined } : source.flags
  if (configPath === undefined) makeDirectory(resolve(dataDir), { mode: 0o700 })
  write(file, renderConfigFile(given))
  const flag = configPath === undefined ? dataDirFlag(dataDir) : ` --config ${configPath}`
  print(`${file} is written. Start with: npx muster start${flag}\n`)
  return 0
}

const dataDirFlag = (dataDir: string) => (dataDir === './data' ? '' : ` --data-dir ${dataDir}`)

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' })
  } catch (cause) {
    throw new CommandError(`${file} cannot be written: ${(cause as Error).message}`)
  }
}
