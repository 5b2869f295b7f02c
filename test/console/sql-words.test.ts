import { expect, it } from 'vitest'
import { sqlFunctions } from '../../console/src/pages/rules/sql-words.ts'
import { parseSql, SqlParseError } from '../../src/rules/sql/index.ts'

/** What is said of a call without arguments: some functions want them, and those that are not there are refused by name. */
function refusalOf(name: string): string {
  try {
    parseSql(`SELECT ${name}() FROM 'a'`, '2016-03-23')
    return ''
  } catch (error) {
    if (error instanceof SqlParseError) return error.message
    throw error
  }
}

it('the editor offers functions that a statement may call', () => {
  expect(refusalOf('nothing_like_it')).toContain('nothing_like_it')
  const unknown = refusalOf('nothing_like_it').replaceAll('nothing_like_it', 'X')
  const refused = sqlFunctions.filter((name) => refusalOf(name).replaceAll(name, 'X') === unknown)
  expect(refused).toEqual([])
  expect(sqlFunctions.length).toBeGreaterThan(60)
})
