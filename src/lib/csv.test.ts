import { describe, expect, it } from 'vitest'
import { CsvError, readCsv } from './csv.ts'

const fieldsOf = (text: string) => [...readCsv(text)].map(({ fields }) => fields)

describe('comma-separated values', () => {
  it.each<[string, string, string[][]]>([
    ['nothing', '', []],
    ['one line without an end', 'a,b', [['a', 'b']]],
    [
      'lines of both ends',
      'a,b\r\nc,d\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['fields without anything', ',\n', [['', '']]],
    ['an empty field at the end of the text', 'a,', [['a', '']]],
    ['lines without anything', '\n\na\n\n', [['a']]],
    ['quotation marks', '"a,b","say ""no""",c\n', [['a,b', 'say "no"', 'c']]],
    ['a byte order mark', '\uFEFFa\n', [['a']]],
  ])('are read: %s', (_, text, records) => {
    expect(fieldsOf(text)).toEqual(records)
  })

  it('know their lines, also behind one that goes over two', () => {
    expect([...readCsv('"a\nb",c\n\nd\n')].map(({ line }) => line)).toEqual([1, 4])
  })

  it.each([
    ['within a field', 'a\nb"c', 'line 2'],
    ['that nothing closes', '"a\n', 'line 1'],
    ['with something behind it', '"a"b\n', 'line 1'],
  ])('are refused with a quotation mark %s', (_, text, place) => {
    expect(() => fieldsOf(text)).toThrow(CsvError)
    expect(() => fieldsOf(text)).toThrow(place)
  })
})
