import { describe, expect, it } from 'vitest'
import { parseConfig, type ConfigFile, type ConfigSource } from '../server/config.ts'
import { isNodeProcess } from './node-process.ts'
import { otherSecrets } from './start.ts'

const file: ConfigFile = { path: '/etc/muster.conf', values: {}, lines: {} }
const secretsOf = (source: Partial<ConfigSource>) => {
  const whole = { flags: { dataDir: '/var/muster/node-1' }, environment: {}, ...source }
  return otherSecrets(parseConfig(whole), whole)
}

describe('functions do not see', () => {
  it('the file of options, where there is one', () => {
    expect(secretsOf({})).toEqual([])
    expect(secretsOf({ file })).toEqual(['/etc/muster.conf'])
  })

  it('what systemd keeps for the service', () => {
    const environment = {
      CONFIGURATION_DIRECTORY: '/etc/muster:/etc/more',
      CREDENTIALS_DIRECTORY: '/run/own',
    }
    expect(secretsOf({ environment })).toEqual(['/etc/muster', '/etc/more', '/run/own'])
    expect(secretsOf({ environment: { CONFIGURATION_DIRECTORY: '' } })).toEqual([])
  })

  it('what the nodes of one machine have beside each other, nor the file of options of all', () => {
    const environment = { MUSTER_IS_PROCESS: '1', MUSTER_PROCESS_CONFIG: 'all.conf' }
    expect(isNodeProcess(environment)).toBe(true)
    expect(secretsOf({ environment })).toEqual([`${process.cwd()}/all.conf`, '/var/muster'])
  })
})
