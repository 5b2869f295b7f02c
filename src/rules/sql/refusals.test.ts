import { describe, expect, it } from 'vitest'
import { parseSql, parseTemplate, SqlParseError, type SqlVersion } from './index.ts'

function problemOf(parse: () => unknown): string {
  try {
    parse()
  } catch (error) {
    if (error instanceof SqlParseError) return error.message
    throw error
  }
  return 'accepted'
}

const refusal = (sql: string, version: SqlVersion = '2016-03-23') => problemOf(() => parseSql(sql, version))

describe('parseSql', () => {
  it.each([
    ['', 'expected SELECT at the start, but the text ends at line 1, column 1'],
    ['   \n ', 'expected SELECT at the start, but the text ends at line 2, column 2'],
    ['UPDATE x', 'expected SELECT at the start, but "UPDATE" came at line 1, column 1'],
    ["DELETE FROM 'a'", 'expected SELECT at the start, but "DELETE" came at line 1, column 1'],
    ['SELECT', 'expected an expression, but the text ends at line 1, column 7'],
    ["SELECT FROM 'a'", 'expected an expression, but "FROM" came at line 1, column 8'],
    ["SELECT\n  a,\n  FROM 'a'", 'expected an expression, but "FROM" came at line 3, column 3'],
    [
      'SELECT a b',
      'expected an operator, ",", AS, FROM, WHERE or the end, but "b" came at line 1, column 10',
    ],
    ['SELECT * FROM', 'expected a topic filter after FROM, but the text ends at line 1, column 14'],
    [
      "SELECT * FROM ''",
      'expected an MQTT topic filter of at most 256 bytes, but "" came at line 1, column 15',
    ],
    [
      "SELECT * FROM 'a/#/b'",
      'expected an MQTT topic filter of at most 256 bytes, but "a/#/b" came at line 1, column 15',
    ],
    [
      "SELECT * FROM 'a+/b'",
      'expected an MQTT topic filter of at most 256 bytes, but "a+/b" came at line 1, column 15',
    ],
    ['SELECT * FROM (a)', 'expected a topic filter after FROM, but "(" came at line 1, column 15'],
    ["SELECT * FROM 'a", 'expected a string with its closing quote, but the text ends at line 1, column 15'],
    [
      "SELECT * FROM 'a', 'b'",
      'expected WHERE or the end after the topic filter, but "," came at line 1, column 18',
    ],
    ["SELECT * FROM 'a' WHERE", 'expected an expression, but the text ends at line 1, column 24'],
    [
      "SELECT * FROM 'a' WHERE x = 1 GROUP BY y",
      'expected an operator or the end after WHERE, but "GROUP" came at line 1, column 31',
    ],
    [
      "SELECT * FROM 'a' ORDER BY y",
      'expected WHERE or the end after the topic filter, but "ORDER" came at line 1, column 19',
    ],
    ["SELECT * FROM 'a' WHERE x == 1", 'expected an expression, but "=" came at line 1, column 28'],
    [
      "SELECT * FROM 'a' WHERE x LIKE 'b'",
      'expected an operator or the end after WHERE, but "LIKE" came at line 1, column 27',
    ],
    [
      "SELECT * FROM 'a' WHERE x IS NULL",
      'expected an operator or the end after WHERE, but "IS" came at line 1, column 27',
    ],
    [
      "SELECT * FROM 'a' WHERE x NOT IN y",
      'expected an operator or the end after WHERE, but "NOT" came at line 1, column 27',
    ],
    ["SELECT * FROM 'a' WHERE AND x", 'expected an expression, but "AND" came at line 1, column 25'],
    ["SELECT * FROM 'a';", 'expected a name, a value or an operator, but ";" came at line 1, column 18'],
    ['SELECT a || b', 'expected a name, a value or an operator, but "|" came at line 1, column 10'],
    ['SELECT temperature – 32', 'expected a name, a value or an operator, but "–" came at line 1, column 20'],
    [
      'SELECT * /* all */',
      'expected an expression, but a comment came; SQL has none here at line 1, column 10',
    ],
    ['SELECT `a`', 'expected a name, a value or an operator, but "`" came at line 1, column 8'],
    ['SELECT 😀', 'expected a name, a value or an operator, but "😀" came at line 1, column 8'],
    [
      'SELECT 12abc',
      'expected the end of the number, but a letter came; get() reads names such as 2b at line 1, column 10',
    ],
    ['SELECT 1E1000', 'expected a number below 1E1000, but "1E1000" came at line 1, column 8'],
    ['SELECT +1', 'expected an expression, but "+" came at line 1, column 8'],
    ['SELECT .5', 'expected an expression, but "." came at line 1, column 8'],
    [
      'SELECT a.0',
      'expected a name or "*" after "." (get() reads other names), but "0" came at line 1, column 10',
    ],
    [
      "SELECT a.'b'",
      'expected a name or "*" after "." (get() reads other names), but "b" came at line 1, column 10',
    ],
    [
      'SELECT a.',
      'expected a name or "*" after "." (get() reads other names), but the text ends at line 1, column 10',
    ],
    ['SELECT a[1', 'expected "]" after the index, but the text ends at line 1, column 11'],
    ['SELECT a[]', 'expected an expression, but "]" came at line 1, column 10'],
    ['SELECT (a', 'expected ")" to close the parenthesis, but the text ends at line 1, column 10'],
    ['SELECT a)', 'expected an operator, ",", AS, FROM, WHERE or the end, but ")" came at line 1, column 9'],
    ['SELECT ()', 'expected an expression, but ")" came at line 1, column 9'],
    ['SELECT a AS', 'expected a name after AS, but the text ends at line 1, column 12'],
    ['SELECT a AS 1', 'expected a name after AS, but "1" came at line 1, column 13'],
    ['SELECT a AS b.', 'expected a name after AS, but the text ends at line 1, column 15'],
    [
      'SELECT a AS my-name',
      'expected an operator, ",", AS, FROM, WHERE or the end, but "-" came at line 1, column 15',
    ],
    [
      'SELECT * * 2',
      'expected an operator, ",", AS, FROM, WHERE or the end, but "*" came at line 1, column 10',
    ],
    ['SELECT 2 * *', 'expected an expression, but "*" came at line 1, column 12'],
    [
      'SELECT * / 2',
      'expected an operator, ",", AS, FROM, WHERE or the end, but "/" came at line 1, column 10',
    ],
    [
      'SELECT a[*].b',
      'expected an index (a nested SELECT reads each item), but "*" came at line 1, column 10',
    ],
    [
      'SELECT a.*.b',
      'expected an operator, ",", AS, FROM, WHERE or the end, but "." came at line 1, column 11',
    ],
    [
      'SELECT a.*b',
      'expected an operator, ",", AS, FROM, WHERE or the end, but "b" came at line 1, column 11',
    ],
    [
      'SELECT a.* b.*',
      'expected an operator, ",", AS, FROM, WHERE or the end, but "b" came at line 1, column 12',
    ],
    ['SELECT VALUE a.*, b', 'expected one item after SELECT VALUE, but "," came at line 1, column 17'],
    ['SELECT {*}', 'expected a name in quotes, but "*" came at line 1, column 9'],
    [
      "SELECT * FROM 'a' WHERE a.",
      'expected a name or "*" after "." (get() reads other names), but the text ends at line 1, column 27',
    ],
    ['SELECT VALUE a, b', 'expected one item after SELECT VALUE, but "," came at line 1, column 15'],
    [
      'SELECT VALUE a AS b',
      'expected an operator, ",", AS, FROM, WHERE or the end, but "AS" came at line 1, column 16',
    ],
    ['SELECT CASE a END', 'expected WHEN after CASE, but "END" came at line 1, column 15'],
    ['SELECT CASE a WHEN 1 END', 'expected THEN after WHEN, but "END" came at line 1, column 22'],
    ['SELECT CASE a WHEN 1 THEN 2', 'expected END after CASE, but the text ends at line 1, column 28'],
    ['SELECT cast(a)', 'expected AS in cast(value AS type), but ")" came at line 1, column 14'],
    [
      'SELECT cast(a AS date)',
      'expected one of string, nvarchar, text, ntext, varchar, int, integer, double, decimal, bool, boolean, but "date" came at line 1, column 18',
    ],
    ['SELECT [1, 2', 'expected "," or "]", but the text ends at line 1, column 13'],
    ['SELECT [1, ]', 'expected an expression, but "]" came at line 1, column 12'],
    ['SELECT {a: 1}', 'expected a name in quotes, but "a" came at line 1, column 9'],
    ["SELECT {'a' 1}", 'expected ":" after the name, but "1" came at line 1, column 13'],
    ["SELECT {'a': }", 'expected an expression, but "}" came at line 1, column 14'],
    ['SELECT (SELECT a)', 'expected FROM in a nested query, but ")" came at line 1, column 17'],
    [
      'SELECT (SELECT a FROM 1 + 2)',
      'expected ")" to close the parenthesis, but "+" came at line 1, column 25',
    ],
    [
      'SELECT exists (a)',
      'expected SELECT at the start of a nested query, but "a" came at line 1, column 16',
    ],
    ['SELECT @x', 'expected a variable from the SET clause, but @x came at line 1, column 8'],
    ['SET x = 1 SELECT x', 'expected a variable such as @name after SET, but "x" came at line 1, column 5'],
    ['SET @x 1 SELECT @x', 'expected "=" after the variable, but "1" came at line 1, column 8'],
    ['SET @x = @x SELECT @x', 'expected a variable from the SET clause, but @x came at line 1, column 10'],
    [
      'SET @x = 1, @x = 2 SELECT @x',
      'expected each variable to be set once, but @x came again at line 1, column 13',
    ],
    [
      `SET ${Array.from({ length: 11 }, (_, index) => `@v${index} = 1`).join(', ')} SELECT 1`,
      'expected at most 10 variables, but another one came at line 1, column 95',
    ],
    [`SELECT @${'x'.repeat(65)}`, 'expected at most 64 characters after @, but 65 came at line 1, column 8'],
    [
      `SELECT ${'('.repeat(200)}`,
      'expected at most 64 levels of nesting, but more came at line 1, column 72',
    ],
    [
      `SELECT ${'NOT '.repeat(200)}`,
      'expected at most 64 levels of nesting, but more came at line 1, column 264',
    ],
    [' '.repeat(70_000), 'expected at most 65536 characters, but 70000 came at line 1, column 1'],
  ])('refuses %j', (sql, message) => expect(refusal(sql)).toBe(message))

  it.each([
    ['SELECT foo(1)', 'expected a function of the SQL reference, but foo() came at line 1, column 8'],
    [
      'SELECT constructor(1)',
      'expected a function of the SQL reference, but constructor() came at line 1, column 8',
    ],
    ['SELECT count(*)', 'expected a function of the SQL reference, but count() came at line 1, column 8'],
    [
      'SELECT 1,\n upper(foo(1))',
      'expected a function of the SQL reference, but foo() came at line 2, column 8',
    ],
    [
      "SELECT aws_lambda('arn', *)",
      'expected a function that is offered, but aws_lambda() is not offered at line 1, column 8',
    ],
    [
      "SELECT get_dynamodb('t', 'k', 'v', 'r')",
      'expected a function that is offered, but get_dynamodb() is not offered at line 1, column 8',
    ],
    [
      "SELECT Get_Secret('a', 'b', 'c')",
      'expected a function that is offered, but Get_Secret() is not offered at line 1, column 8',
    ],
    [
      "SELECT get_registry_data('DescribeThing', 'a', 'r')",
      'expected a function that is offered, but get_registry_data() is not offered at line 1, column 8',
    ],
    [
      "SELECT machinelearning_predict('m', 'r', *)",
      'expected a function that is offered, but machinelearning_predict() is not offered at line 1, column 8',
    ],
    [
      "SELECT get_thing_shadow('a', 'r')",
      'expected a function that is offered, but get_thing_shadow() is not offered at line 1, column 8',
    ],
    [
      "SELECT decode(*, 'proto', 'b', 'k', 'p', 'm')",
      "expected a function that is offered, but decode() with 'proto' is not offered at line 1, column 8",
    ],
    [
      "SELECT decode(a, 'hex')",
      "expected 'base64' as second argument of decode(), but another scheme came at line 1, column 8",
    ],
    [
      'SELECT encode(*, scheme)',
      "expected 'base64' as second argument of encode(), but another scheme came at line 1, column 8",
    ],
    ['SELECT encode(*)', 'expected encode() with 2 arguments, but 1 came at line 1, column 8'],
    ['SELECT abs()', 'expected abs() with 1 argument, but 0 came at line 1, column 8'],
    ["SELECT substring('a')", 'expected substring() with 2 to 3 arguments, but 1 came at line 1, column 8'],
    ['SELECT timestamp(1)', 'expected timestamp() with 0 arguments, but 1 came at line 1, column 8'],
    ['SELECT topic(1, 2)', 'expected topic() with 0 to 1 argument, but 2 came at line 1, column 8'],
    [
      "SELECT regexp_matches(a, '(?=b)')",
      'expected a regular expression that is offered, but look-around and atomic groups are not offered at line 1, column 8',
    ],
    [
      String.raw`SELECT regexp_matches(a, '(b)\1')`,
      String.raw`expected a regular expression that is offered, but \1 (such as a backreference) is not offered at line 1, column 8`,
    ],
    [
      "SELECT regexp_matches(a, 'b++')",
      'expected a regular expression that is offered, but a possessive quantifier is not offered at line 1, column 8',
    ],
  ])('refuses the call in %j', (sql, message) => expect(refusal(sql)).toBe(message))

  it.each([
    ["SELECT encode(*, 'base64')", 'encode() came, which needs 2016-03-23'],
    ['SELECT isUndefined(a)', 'isUndefined() came, which needs 2016-03-23'],
    ['SELECT sourceip()', 'sourceip() came, which needs 2016-03-23'],
    ['SELECT [1]', 'an array literal came, which needs 2016-03-23'],
    ["SELECT {'a': 1}", 'an object literal came, which needs 2016-03-23'],
    ['SELECT (SELECT a FROM b)', 'a nested SELECT came, which needs 2016-03-23'],
    ['SELECT exists (SELECT a FROM b)', 'EXISTS came, which needs 2016-03-23'],
    ['SELECT cast(a AS Decimal)', 'cast to decimal came, which needs 2016-03-23'],
  ])('refuses %j in version 2015-10-08', (sql, found) => {
    expect(refusal(sql, '2015-10-08')).toContain(found)
    expect(refusal(sql, 'beta')).toBe('accepted')
  })

  it('tells line, column and what was expected apart from the message', () => {
    expect(() => parseSql("SELECT *\nFROM 'a'\nWHERE (x", '2016-03-23')).toThrow(
      expect.objectContaining({ line: 3, column: 9, expected: '")" to close the parenthesis' }),
    )
  })

  it('takes a function that asks the outside when it is offered', () => {
    const offered = new Set(['get_thing_shadow'])
    expect(() => parseSql("SELECT get_thing_shadow('a', 'r').state", '2016-03-23', { offered })).not.toThrow()
    expect(() => parseSql("SELECT get_thing_shadow('a')", '2016-03-23', { offered })).toThrow(
      '2 to 3 arguments',
    )
    expect(() => parseSql("SELECT get_secret('a', 'b', 'c')", '2016-03-23', { offered })).toThrow(
      'not offered',
    )
  })

  it('gives a tree that nobody can change', () => {
    const query = parseSql(
      "SET @a = 1 SELECT x.y[0] AS b.c, {'k': [1]}, CASE 1 WHEN 2 THEN 3 END FROM 'a' WHERE NOT a = upper(b)",
      'beta',
    )
    const unfrozen: unknown[] = []
    const visit = (node: unknown) => {
      if (typeof node !== 'object' || node === null || node.constructor.name === 'Decimal') return
      if (!Object.isFrozen(node)) unfrozen.push(node)
      Object.values(node).forEach(visit)
    }
    visit(query)
    expect(unfrozen).toEqual([])
  })
})

describe('parseTemplate', () => {
  it.each([
    ['${', 'expected an expression, but the text ends at line 1, column 3'],
    ['${}', 'expected an expression, but the text ends at line 1, column 3'],
    ['a/${b', 'expected the closing "}", but the text ends at line 1, column 6'],
    ['a/${b c}', 'expected an operator or the closing "}", but "c" came at line 1, column 7'],
    ["${'a}", 'expected a string with its closing quote, but the text ends at line 1, column 3'],
    ['${{}', 'expected the closing "}", but the text ends at line 1, column 5'],
    ['x\n${foo()}', 'expected a function of the SQL reference, but foo() came at line 2, column 3'],
    [
      "${get_secret('a', 'b', 'c')}",
      'expected a function that is offered, but get_secret() is not offered at line 1, column 3',
    ],
    ['${@x}', 'expected a variable from the SET clause, but @x came at line 1, column 3'],
    ['${2 * * }', 'expected an expression, but "*" came at line 1, column 7'],
    ['x'.repeat(65_537), 'expected at most 65536 characters, but 65537 came at line 1, column 1'],
  ])('refuses %j', (text, message) =>
    expect(problemOf(() => parseTemplate(text, '2016-03-23'))).toBe(message),
  )
})
