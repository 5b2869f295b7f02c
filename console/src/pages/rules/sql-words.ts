/** What the editor of statements offers while one types. */
const keywords = [
  'SELECT',
  'SELECT VALUE',
  'FROM',
  'WHERE',
  'AS',
  'SET',
  'AND',
  'OR',
  'NOT',
  'IN',
  'EXISTS',
  'CASE',
  'WHEN',
  'THEN',
  'ELSE',
  'END',
  'CAST',
]

const functions = `abs accountid acos asin atan atan2 bitand bitnot bitor bitxor ceil chr clientid concat cos cosh decode encode
  endswith exp floor get get_mqtt_property get_or_default get_user_properties indexof isnull isundefined length ln log lower lpad
  ltrim md2 md5 mod nanvl newuuid numbytes parse_time power principal rand regexp_matches regexp_replace regexp_substr remainder
  replace round rpad rtrim sha1 sha224 sha256 sha384 sha512 sign sin sinh sourceip sql_version sqrt startswith substring tan tanh
  time_to_epoch timestamp topic traceid transform trim trunc upper`

export const sqlFunctions = functions.split(/\s+/)

export const sqlWords = [
  ...keywords.map((label) => ({ label, detail: 'keyword' })),
  ...sqlFunctions.map((name) => ({ label: `${name}()`, detail: 'function' })),
]
