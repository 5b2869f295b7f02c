import { describe, expect, it } from 'vitest'
import { describedOptions, parseConfig } from './config.ts'
import { secretPlaces } from './secret-places.ts'

const placesWith = (flags: Record<string, string>) =>
  secretPlaces(parseConfig({ flags, environment: {} }), '/data')

/** Options that come to nothing without others. */
const together: Record<string, Record<string, string>> = {
  tlsKey: { tlsCert: '/certificates' },
  apiTlsKey: { apiTlsCert: '/certificates' },
  backupDir: { backupEvery: '1h' },
  clusterKeyFile: { nats: 'nats://n', database: 'postgres://d/d' },
}

/** What devices and everybody else may read. */
const open = new Set(['tlsCert', 'tlsCa', 'apiTls', 'apiTlsCert', 'limits', 'crlDirectory'])
/** Words of options that are no places. */
const noPlaces = new Set(['dataDir', 'database', 'backupEvery', 'walCopiesKeep', 'bulkS3Endpoint'])

const places = describedOptions
  .filter(({ meaning }) => /\bfiles?\b|\bdirectory\b/.test(meaning))
  .map(({ option }) => option)
  .filter((option) => !open.has(option) && !noPlaces.has(option))

describe('functions do not see', () => {
  it.each(places)('the place that %s names', (option) => {
    expect(placesWith({ ...together[option], [option]: '/secret/place' })).toContain('/secret/place')
  })

  it('the data directory, the second of two keys, and the key by which the database knows the server', () => {
    const found = placesWith({
      tlsKey: '/one.key,/two.key',
      tlsCert: '/one.pem,/two.pem',
      database: 'postgres://muster@d/d?sslmode=verify-full&sslkey=/own.key',
    })
    expect(found).toEqual(['/data', '/one.key', '/two.key', '/own.key'])
  })

  it('places by what they are called from here', () => {
    expect(placesWith({ hookSecretFile: 'hook' })).toEqual(['/data', `${process.cwd()}/hook`])
  })
})

it('copies in a bucket are no place of this machine', () => {
  const credentials = { serviceAccessKeyId: 'k', serviceSecretAccessKey: 's' }
  expect(placesWith({ ...credentials, walCopies: 's3://own/prefix?endpoint=http://s3' })).toEqual(['/data'])
})
