import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findConfigFile, parseConfigFile, renderConfigFile } from './config-file.ts'
import { describedOptions, flagOf, parseConfig } from './config.ts'

const parse = (text: string) => parseConfigFile('muster.conf', text)
const nothing = { flags: {}, environment: {} }

describe('a file of options', () => {
  it('gives values to the end of their lines, and knows where they stand', () => {
    const text = '# mine\n\nregion = eu-west-1\r\n  tls-key=a b#c = d  \n'
    expect(parse(text)).toEqual({
      path: 'muster.conf',
      values: { region: 'eu-west-1', tlsKey: 'a b#c = d' },
      lines: { region: 3, tlsKey: 4 },
    })
  })

  it.each([
    ['an option that there is not', 'port = 1', 'line 1: there is no option "port"'],
    ['one in another case', 'Region = us-east-1', 'there is no option "Region"; write region'],
    ['a flag', '--region = us-east-1', 'there is no option "--region"; write region'],
    ['a variable', 'MUSTER_API_PORT = 1', 'there is no option "MUSTER_API_PORT"; write api-port'],
    ['a name of the code', 'apiPort = 1', 'there is no option "apiPort"'],
    ['a name of every object', 'constructor = 1', 'there is no option "constructor"'],
    ['an empty name', '= 1', 'there is no option ""'],
    ['a line without a sign', '\nregion', 'line 2: expected option = value, got "region"'],
    ['a section', '[server]', 'expected option = value, got "[server]"'],
    ['YAML', 'region: us-east-1', 'expected option = value'],
    ['a shell line', 'export region=x', 'there is no option "export region"'],
    ['no value', 'region =', 'region has no value; remove the line, or put a # in front of it'],
    ['an option twice', 'region = us-east-1\nregion = us-east-1', 'line 2: region is in line 1 already'],
    ['a NUL', 'region = a\0b', 'region holds a NUL character'],
    ['the file itself', 'config = other.conf', 'there is no option "config"'],
  ])('refuses %s', (_, text, message) => {
    expect(() => parse(text)).toThrow(message)
  })

  it('names all bad lines at once, and shows no more of a line than a name would need', () => {
    expect(() => parse(`port = 1\n${'s3cret'.repeat(20)}`)).toThrow(/line 1.*\n.*line 2: .{0,100}$/)
  })

  it('goes behind variables, and those behind flags', () => {
    const file = parse('region = eu-west-1\naccount-id = 111111111111\nlog-level = error')
    const flags = { region: 'us-west-1' }
    const environment = { MUSTER_REGION: 'us-west-2', MUSTER_ACCOUNT_ID: '222222222222' }
    expect(parseConfig({ flags, environment, file })).toMatchObject({
      region: 'us-west-1',
      accountId: '222222222222',
      logLevel: 'error',
    })
  })

  it('is named with its line when a value is bad, and a secret is not shown', () => {
    const file = parse('\naccount-id = 1\ndatabase = mysql://user:s3cret@host/x')
    expect(() => parseConfig({ ...nothing, file })).toThrow(
      'muster.conf, line 2, account-id: must be 12 digits, got "1"',
    )
    expect(() => parseConfig({ ...nothing, file })).not.toThrow('s3cret')
  })
})

describe('what muster init writes', () => {
  it('has every option once, and sets nothing', () => {
    const text = renderConfigFile({})
    expect(parse(text).values).toEqual({})
    for (const { option } of describedOptions)
      expect(text.match(new RegExp(`^#${flagOf(option).slice(2)} = `, 'gm'))).toHaveLength(1)
  })

  it('sets what is given, and is read back as it was', () => {
    const given = { region: 'eu-west-1', tlsKey: 'rsa.key,ec.key' }
    expect(parse(renderConfigFile(given)).values).toEqual(given)
  })

  it('has defaults that mean the same when they are set', () => {
    const text = renderConfigFile({}).replaceAll(/^#(\S+ = .+)$/gm, '$1')
    expect(parseConfig({ ...nothing, file: parse(text.replaceAll(/^\S+ = $/gm, '')) })).toEqual(
      parseConfig(nothing),
    )
  })
})

describe('finding the file', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'muster-config-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const write = (name: string, text: string) => {
    writeFileSync(join(directory, name), text)
    return join(directory, name)
  }
  const inDirectory = () => ({ flags: { dataDir: directory }, environment: {} })

  it('reads that of the data directory, and nothing where there is none', () => {
    expect(findConfigFile(inDirectory(), undefined)).toBeUndefined()
    write('muster.conf', 'region = eu-west-1')
    expect(findConfigFile(inDirectory(), undefined)?.values).toEqual({ region: 'eu-west-1' })
  })

  it('reads the one that is named instead, by the flag before the variable', () => {
    write('muster.conf', 'region = eu-west-1')
    const flag = write('flag.conf', 'region = eu-west-2')
    const MUSTER_CONFIG = write('variable.conf', 'region = eu-west-3')
    const source = { ...inDirectory(), environment: { MUSTER_CONFIG } }
    expect(findConfigFile(source, flag)?.values).toEqual({ region: 'eu-west-2' })
    expect(findConfigFile(source, undefined)?.values).toEqual({ region: 'eu-west-3' })
  })

  it('lets one that is named say where the data directory is, and the one in it not', () => {
    write('muster.conf', '\ndata-dir = elsewhere')
    expect(() => findConfigFile(inDirectory(), undefined)).toThrow(
      'line 2: data-dir cannot stand in the file',
    )
    const named = write('named.conf', 'data-dir = elsewhere')
    expect(findConfigFile(nothing, named)?.values).toEqual({ dataDir: 'elsewhere' })
  })

  it.each([
    ['is not there', 'absent.conf', 'absent.conf cannot be read'],
    ['is a directory', '.', 'cannot be read'],
  ])('refuses one that %s', (_, name, message) => {
    expect(() => findConfigFile(nothing, join(directory, name))).toThrow(message)
  })
})
