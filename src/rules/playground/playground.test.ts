import { describe, expect, it } from 'vitest'
import { AwsError } from '../../api/aws/errors.ts'
import { evaluateSample } from './evaluate-sample.ts'
import { readSample } from './sample.ts'

const now = new Date('2026-01-02T03:04:05.678Z')
const encode = (body: unknown) => Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
const read = (body: unknown) => readSample(encode(body), { accountId: '000000000000', now })
const sample = {
  sql: "SELECT temperature AS t, clientid() AS c, principal() AS p FROM 'sensors/+' WHERE temperature > 20",
  awsIotSqlVersion: '2016-03-23',
  topic: 'sensors/a',
  payload: '{"temperature": 21.50}',
  clientId: 'lamp',
  principal: 'AIDA',
}
const evaluate = (changes: Partial<Record<keyof typeof sample, unknown>> = {}) =>
  evaluateSample(read({ ...sample, ...changes }))

describe('a sample is refused', () => {
  const refused = (body: unknown): string => {
    try {
      read(body)
    } catch (error) {
      return error instanceof AwsError ? `${error.code}: ${error.message}` : String(error)
    }
    return 'not refused'
  }
  const { sql: _, ...withoutSql } = sample
  it.each<[string, unknown, string]>([
    ['that is not JSON', '{', 'MalformedRequestError'],
    ['that is empty', '', 'MalformedRequestError'],
    ['that is an array', '[]', 'must be a JSON object'],
    ['with a member that there is not', { ...sample, action: 'x' }, 'it has "action"'],
    ['without a statement', withoutSql, 'the member "sql" is missing'],
    ['whose statement is no text', { ...sample, sql: 1 }, 'sql must be a string, it is a number'],
    ['whose topic is null', { ...sample, topic: null }, 'topic must be a string, it is null'],
    ['whose payload is an object', { ...sample, payload: {} }, 'payload must be a string, it is a object'],
    [
      'of a version that there is not',
      { ...sample, awsIotSqlVersion: '2017' },
      'awsIotSqlVersion must be one',
    ],
    ['on a topic filter', { ...sample, topic: 'a/+' }, 'topic must be the name of a topic'],
    ['on no topic', { ...sample, topic: '' }, 'topic must be the name of a topic'],
    ['on a topic that is too long', { ...sample, topic: 'a'.repeat(513) }, 'at most 512 bytes'],
    ['with two payloads', { ...sample, payloadBase64: 'AA==' }, 'both are'],
    ['whose payload is too large', { ...sample, payload: 'ü'.repeat(65_537) }, 'at most 131072 bytes'],
    ['whose client id is too long', { ...sample, clientId: 'c'.repeat(2049) }, 'clientId must have at most'],
    ['that is too large', ' '.repeat(1024 * 1024 + 1), 'at most 1048576 bytes'],
  ])('%s', (_title, body, message) => {
    expect(refused(body)).toContain(message)
  })
})

describe('a statement on a sample', () => {
  it('gives what the actions would get', () => {
    expect(evaluate()).toEqual({
      topicFilter: 'sensors/+',
      topicMatches: true,
      where: true,
      output: { kind: 'json', text: '{"t":21.50,"c":"lamp","p":"AIDA"}' },
    })
  })

  it.each([
    ['SELECT * FROM', 1, 14, 'expected a topic filter'],
    ["SELECT *\nFORM 'a'", 2, 1, 'expected'],
    ["SELECT aws_lambda('arn', *) FROM 'a'", 1, 8, 'aws_lambda'],
    ["SELECT get_thing_shadow('t', 'r') FROM 'a'", 1, 8, 'get_thing_shadow'],
  ])('says where it goes wrong: %j', (sql, line, column, text) => {
    const result = evaluate({ sql })
    expect(result).toEqual({
      fault: { stage: 'statement', line, column, message: expect.any(String), expected: expect.any(String) },
    })
    expect(result.fault?.message).toContain(text)
  })

  it('says that WHERE is not true, and gives nothing', () => {
    expect(evaluate({ payload: '{"temperature": 20}' })).toMatchObject({ where: false })
    expect(evaluate({ payload: 'cold' })).toEqual({
      topicFilter: 'sensors/+',
      topicMatches: true,
      where: false,
    })
  })

  it('says that FROM asks for other topics, and is evaluated all the same', () => {
    expect(evaluate({ topic: 'sensors/a/b' })).toMatchObject({ topicMatches: false, where: true })
  })

  it('passes a payload on that is not JSON', () => {
    const result = evaluate({
      sql: "SELECT * FROM 'sensors/+'",
      payload: undefined,
      ['payloadBase64' as never]: '//4=',
    })
    expect(result).toMatchObject({ where: true, output: { kind: 'bytes', base64: '//4=' } })
  })

  it('says that it fails for this message', () => {
    const result = evaluate({ sql: "SELECT *, 1 AS one FROM 'sensors/+'", payload: 'text' })
    expect(result).toMatchObject({ topicMatches: true, fault: { stage: 'evaluation' } })
    expect(result).not.toHaveProperty('where')
  })

  it('ends, whatever it asks for', () => {
    const nested = (depth: number): string =>
      depth === 0 ? '1' : `(SELECT VALUE ${nested(depth - 1)} FROM items)`
    const items = JSON.stringify({ items: Array.from({ length: 1000 }, () => ({ items: [1] })) })
    const sql = `SELECT (SELECT VALUE (SELECT VALUE 1 FROM items) FROM items) AS a, ${nested(1)} AS b FROM 'sensors/+'`
    expect(evaluate({ sql, payload: items })).toHaveProperty('topicMatches', true)
    const repeated = Array.from({ length: 900 }, (_, at) => `${nested(1)} AS a${at}`).join(', ')
    expect(evaluate({ sql: `SELECT ${repeated} FROM 'sensors/+'`, payload: items })).toMatchObject({
      fault: { stage: 'evaluation', message: expect.stringContaining('steps') },
    })
  })
})
