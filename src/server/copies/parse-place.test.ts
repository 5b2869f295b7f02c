import { describe, expect, it } from 'vitest'
import { nameOfPlace } from './place.ts'
import { parsePlace } from './parse-place.ts'

const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' }
const parse = (text: string) => parsePlace(text, { credentials, region: 'us-east-1' })

describe('a place for copies', () => {
  it.each([
    ['/mnt/copies', { kind: 'directory', directory: '/mnt/copies' }],
    ['/s3://x', { kind: 'directory', directory: '/s3:/x' }],
    [
      's3://own',
      { bucket: 'own', prefix: '', region: 'us-east-1', url: 'https://s3.us-east-1.amazonaws.com' },
    ],
    [
      's3://own/muster/one/?endpoint=http://minio:9000&region=eu-west-1',
      { bucket: 'own', prefix: 'muster/one/', region: 'eu-west-1', url: 'http://minio:9000' },
    ],
    ['s3://own/a%20b?region=eu-west-1', { prefix: 'a b/', url: 'https://s3.eu-west-1.amazonaws.com' }],
    ['S3://own//x', { bucket: 'own', prefix: 'x/' }],
  ])('is %s', (text, place) => {
    expect(parse(text)).toMatchObject(place)
  })

  it.each([
    ['s3://', 'a bucket cannot be named ""'],
    ['s3://own/%zz', 'URI malformed'],
    ['s3://Own_bucket', 'a bucket cannot be named'],
    ['s3://ab', 'a bucket cannot be named "ab"'],
    ['s3://own:9000/x', 'must be s3://bucket'],
    ['s3://key:secret@own/x', 'must be s3://bucket'],
    ['s3://own/x#y', 'must be s3://bucket'],
    ['s3://own/x?endpiont=http://minio', 'may have endpoint and region, got endpiont'],
    ['s3://own/x?endpoint=minio:9000', 'endpoint must be an http or https URL'],
    ['s3://own/x?endpoint=file:///etc', 'endpoint must be an http or https URL'],
    ['s3://own/a/%2e%2e/b/..%2f..', 'must not have "." or ".."'],
  ])('is not %s', (text, reason) => {
    expect(() => parse(text)).toThrow(reason)
  })

  it('in a bucket needs a key, of which no message tells', () => {
    expect(() => parsePlace('s3://own', { credentials: undefined, region: 'r' })).toThrow(
      'needs service-access-key-id and service-secret-access-key',
    )
    expect(nameOfPlace(parse('s3://own/x'))).toBe('s3://own/x/ at https://s3.us-east-1.amazonaws.com')
  })
})
