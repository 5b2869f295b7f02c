import { expect, it } from 'vitest'
import { awsManagedPolicies } from '../documents/aws-managed-policies.ts'
import { statementPositions } from './statement-positions.ts'

const at = (Line: number, Column: number) => ({ Line, Column })

it('counts a statement that stands alone as AWS does', () => {
  const text =
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2015-08-16T12:00:00Z"}}}}'
  expect(statementPositions(text)).toEqual([{ StartPosition: at(1, 38), EndPosition: at(1, 167) }])
})

it('counts the first of a list as AWS does', () => {
  const text = [
    '{',
    '  "Version": "2012-10-17",',
    '  "Statement": [',
    '    {',
    '      "Effect": "Allow",',
    '      "Action": "*",',
    '      "Resource": "*"',
    '    }',
    '  ]',
    '}',
  ].join('\n')
  expect(statementPositions(text)).toEqual([{ StartPosition: at(3, 17), EndPosition: at(8, 6) }])
})

it('finds each of a list, whatever stands in strings', () => {
  const text =
    '{"Id":"\\"Statement\\":[{","\\u0053tatement":[{"Sid":"}],\\""},\n {"Action":["a:b"]}],"Version":"x"}'
  const spans = statementPositions(text)
  expect(spans).toEqual([
    { StartPosition: at(1, text.indexOf('[{"Sid') + 2), EndPosition: at(1, text.indexOf('\n')) },
    { StartPosition: at(1, text.indexOf('\n') + 1), EndPosition: at(2, 20) },
  ])
})

it('finds all of each policy that AWS manages', () => {
  for (const { document } of awsManagedPolicies) {
    const { Statement } = JSON.parse(document) as { Statement: unknown }
    expect(statementPositions(document)).toHaveLength(Array.isArray(Statement) ? Statement.length : 1)
  }
})

it('finds none where there is none', () => {
  expect(statementPositions('{"Version":"2012-10-17"}')).toEqual([])
  expect(statementPositions('{"Statement":[]}')).toEqual([])
})
