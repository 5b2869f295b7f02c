import { expect, it } from 'vitest'
import { checkDocument, countedLength, encodeDocument } from './document.ts'

it('encodes as RFC 3986 has it, so that decoding gives the same text', () => {
  const text = '{"a": "it\'s (*) 100% !~ Grüße\t"}'
  const encoded = encodeDocument(text)
  expect(encoded).toMatch(/^[A-Za-z0-9._~%-]+$/)
  expect(decodeURIComponent(encoded)).toBe(text)
})

it('does not count white space', () => {
  expect(countedLength(' { "a" :\n\t1 } ')).toBe(7)
})

it.each([
  ['no JSON', 'not json'],
  ['an empty text', ''],
  ['an array', '[]'],
  ['no statement', '{"Version":"2012-10-17"}'],
  [
    'an unknown effect',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Alow","Action":"*","Resource":"*"}]}',
  ],
  ['no resource', '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*"}]}'],
])('refuses %s as MalformedPolicyDocument', (_, text) => {
  expect(() => checkDocument(text, 'inline')).toThrow(
    expect.objectContaining({ code: 'MalformedPolicyDocumentException' }),
  )
})

it('refuses a trust policy that names no principal', () => {
  const text = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}'
  expect(() => checkDocument(text, 'trust')).toThrow(
    expect.objectContaining({ code: 'MalformedPolicyDocumentException' }),
  )
})
