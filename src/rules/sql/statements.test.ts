import { describe, expect, it } from 'vitest'
import {
  evaluateQuery,
  evaluateTemplate,
  parseSql,
  parseTemplate,
  type RuleContext,
  type RuleMessage,
  SqlEvaluationError,
  topicFilterOf,
} from './index.ts'

const context: RuleContext = {
  accountId: '123456789012',
  now: new Date(1_481_825_251_155),
  random: () => 0.5,
  uuid: () => '123a4567-b89c-12d3-e456-789012345000',
}

function messageOf(
  payload: string | Uint8Array,
  topic = 'a/b',
  more: Partial<RuleContext> = {},
): RuleMessage {
  return { payload: Buffer.from(payload), topic, context: { ...context, ...more } }
}

function run(sql: string, payload: string | Uint8Array): string {
  const result = evaluateQuery(parseSql(sql, '2016-03-23'), messageOf(payload))
  if (!result.matched) return 'no match'
  return result.output.kind === 'json'
    ? result.output.text
    : `bytes ${Buffer.from(result.output.bytes).toString('hex')}`
}

const red = '{"color":"red","temperature":50}'

describe('SELECT', () => {
  it.each([
    ["SELECT * FROM 'a/b'", red, red],
    ["SELECT color FROM 'a/b'", red, '{"color":"red"}'],
    [
      "select color as my_color, temperature as fahrenheit from 'a/b'",
      red,
      '{"my_color":"red","fahrenheit":50}',
    ],
    ["SELECT *, 15 as speed FROM 'a/b'", red, '{"color":"red","temperature":50,"speed":15}'],
    ["SELECT VALUE color FROM 'a/b'", red, '"red"'],
    [
      "SELECT (temperature - 32) * 5 / 9 AS celsius, upper(color) as my_color FROM 'a/b'",
      red,
      '{"celsius":10,"my_color":"RED"}',
    ],
    [
      'SELECT {"key-with-hyphen": color, "123-numeric-start": temperature} FROM \'a/b\'',
      red,
      '{"key-with-hyphen":"red","123-numeric-start":50}',
    ],
    ["SELECT [temperature, color] as pair FROM 'a/b'", red, '{"pair":[50,"red"]}'],
    ["SELECT missing, color FROM 'a/b'", red, '{"color":"red"}'],
    ["SELECT missing FROM 'a/b'", red, '{}'],
    ["SELECT NULL AS n FROM 'a/b'", red, '{"n":null}'],
    ["SELECT VALUE missing FROM 'a/b'", red, ''],
    ['SELECT *', red, red],
    ["SELECT * AS payload, topic() AS topic FROM 'a/b'", red, `{"payload":${red},"topic":"a/b"}`],
    ["SELECT color AS temperature, * FROM 'a/b'", red, '{"temperature":50,"color":"red"}'],
    ["SELECT *, color AS temperature FROM 'a/b'", red, '{"color":"red","temperature":"red"}'],
    ["SELECT foo.bar AS bar.baz FROM 'a/b'", '{"foo":{"bar":"RED"}}', '{"bar":{"baz":"RED"}}'],
    ["SELECT 1 AS s.r.a, 2 AS s.r.b, 3 AS s.c FROM 'a/b'", '{}', '{"s":{"r":{"a":1,"b":2},"c":3}}'],
    ["SELECT *, 1 AS s.x, s.y AS old FROM 'a/b'", '{"s":{"y":2}}', '{"s":{"y":2,"x":1},"old":2}'],
    ["SELECT 1 AS 'with space' FROM 'a/b'", '{}', '{"with space":1}'],
    ["SELECT VALUE arr FROM 'a/b'", '{"arr":[1,2,3,4]}', '[1,2,3,4]'],
    ["SELECT VALUE * FROM 'a/b'", red, red],
    ["SELECT value, value * 2, value - 1 AS v FROM 'a/b'", '{"value":3}', '{"value":3,"value * 2":6,"v":2}'],
    ["SELECT value FROM 'a/b' WHERE value = 3", '{"value":3}', '{"value":3}'],
    ["SELECT value.x AS x, value[0] FROM 'a/b'", '{"value":{"x":1}}', '{"x":1}'],
    ["SELECT VALUE -temperature FROM 'a/b'", red, '-50'],
    ["SELECT VALUE [1, 2] FROM 'a/b'", red, '[1,2]'],
    [
      "SELECT o.x.y, upper(o.z), arr[1], cast(1 AS string), 2 + 3 FROM 'a/b'",
      '{"o":{"x":{"y":1},"z":"q"},"arr":[7,8]}',
      '{"y":1,"upper":"Q","arr":8,"cast":"1","2 + 3":5}',
    ],
    ["SELECT * FROM 'a/b'", '[1,{"a":2}]', '[1,{"a":2}]'],
    ["SELECT (SELECT VALUE a FROM *) AS all FROM 'a/b'", '[{"a":1},{"a":2}]', '{"all":[1,2]}'],
    [
      "SELECT * FROM 'a/b'",
      '{ "b" : 1,\n "1": 12345678901234567890.5, "a": 10.0, "u": "\\u00e9" }',
      '{"b":1,"1":12345678901234567890.5,"a":10,"u":"é"}',
    ],
    ["SELECT * FROM 'a/b'", '{"__proto__":{"x":1},"a":1,"a":2}', '{"__proto__":{"x":1},"a":2}'],
    [
      'SET @c = (temperature - 32) * 5 / 9, @t = @c + 1 SELECT @c AS celsius, @t FROM a/b WHERE @t > 10',
      red,
      '{"celsius":10,"t":11}',
    ],
    ['SET @o = o SELECT @o.a, @o.b AS c FROM a/b', '{"o":{"a":1,"b":2}}', '{"a":1,"c":2}'],
  ])('%s on %s gives %s', (sql, payload, expected) => expect(run(sql, payload)).toBe(expected))

  it('keeps decimals as they are in version 2015-10-08', () => {
    const query = parseSql("SELECT *, a * 2 AS b FROM 'a/b'", '2015-10-08')
    expect(evaluateQuery(query, messageOf('{"a":10.0}'))).toEqual({
      matched: true,
      output: { kind: 'json', text: '{"a":10.0,"b":20.0}' },
    })
  })
})

const shadow = '{"state":{"reported":{"t":21,"h":40},"desired":null},"version":3}'
const ownRow = '{"a":[{"n":1,"p":{"x":1}},{"n":2,"p":{"y":2}},{"n":3}],"o":{"x":9}}'

describe('path.* spreads the members of an object', () => {
  it.each([
    ["SELECT state.reported.* FROM 'a/b'", shadow, '{"t":21,"h":40}'],
    [
      "SELECT state.reported.*, 'shadow' AS type, topic(1) AS id FROM 'a/b'",
      shadow,
      '{"t":21,"h":40,"type":"shadow","id":"a"}',
    ],
    ["SELECT version, state.reported.* FROM 'a/b'", shadow, '{"version":3,"t":21,"h":40}'],
    ["SELECT *, state.reported.* FROM 'a/b'", shadow, `${shadow.slice(0, -1)},"t":21,"h":40}`],
    ["SELECT 1 AS t, state.reported.*, 2 AS h FROM 'a/b'", shadow, '{"t":21,"h":2}'],
    ["SELECT state.reported.* AS status FROM 'a/b'", shadow, '{"status":{"t":21,"h":40}}'],
    ["SELECT state.reported.* AS a.b FROM 'a/b'", shadow, '{"a":{"b":{"t":21,"h":40}}}'],
    ["SELECT state.* FROM 'a/b'", shadow, '{"reported":{"t":21,"h":40},"desired":null}'],
    ["SELECT state.desired.*, version FROM 'a/b'", shadow, '{"version":3}'],
    ["SELECT state.missing.* FROM 'a/b'", shadow, '{}'],
    ["SELECT version.* FROM 'a/b'", shadow, '{}'],
    ["SELECT a.*, o.* FROM 'a/b'", ownRow, '{"x":9}'],
    ["SELECT a[0].p.* FROM 'a/b'", ownRow, '{"x":1}'],
    ["SELECT get(o, 'none').*, (o).* FROM 'a/b'", ownRow, '{"x":9}'],
    [
      "SELECT (SELECT n, p.* FROM a) AS rows FROM 'a/b'",
      ownRow,
      '{"rows":[{"n":1,"x":1},{"n":2,"y":2},{"n":3}]}',
    ],
    [
      "SELECT (SELECT e.p.*, n FROM a AS e WHERE n < 3) AS rows FROM 'a/b'",
      ownRow,
      '{"rows":[{"x":1,"n":1},{"y":2,"n":2}]}',
    ],
    ["SELECT (SELECT * FROM o.*) AS row FROM 'a/b'", ownRow, '{"row":{"x":9}}'],
    ["SELECT VALUE state.reported.* FROM 'a/b'", shadow, '{"t":21,"h":40}'],
    [
      'SELECT {"all": state.reported.*, "list": [o.*]} FROM \'a/b\'',
      shadow,
      '{"all":{"t":21,"h":40},"list":[]}',
    ],
    ["SET @s = state.reported SELECT @s.*, version FROM 'a/b'", shadow, '{"t":21,"h":40,"version":3}'],
    [
      "SELECT numbytes(state.reported.*) AS n FROM 'a/b' WHERE state.reported.* <> state.desired",
      shadow,
      '{"n":15}',
    ],
    ["SELECT value.*, value.x * 2 AS y FROM 'a/b'", '{"value":{"x":1}}', '{"x":1,"y":2}'],
    ["SELECT *.* FROM 'a/b'", '[1]', '{}'],
    ["SELECT o.*, 1 AS n FROM 'a/b'", 'no JSON', '{"n":1}'],
  ])('%s on %s gives %s', (sql, payload, expected) => expect(run(sql, payload)).toBe(expected))

  it('leaves the payload as it came for the rules that read it next', () => {
    const message = messageOf(shadow)
    evaluateQuery(parseSql('SELECT state.reported.*, 1 AS t, 2 AS x.y', '2016-03-23'), message)
    const result = evaluateQuery(parseSql('SELECT *', '2016-03-23'), message)
    expect(result).toEqual({ matched: true, output: { kind: 'json', text: shadow } })
  })
})

describe('* is the payload wherever an expression may stand', () => {
  it.each([
    ['SELECT {"payload": *, "topicName": topic()} FROM \'a/b\'', red, `{"payload":${red},"topicName":"a/b"}`],
    ["SELECT [*, *] AS twice FROM 'a/b'", '{"a":1}', '{"twice":[{"a":1},{"a":1}]}'],
    ['SELECT {"a": {"b": [*]}} AS o FROM \'a/b\'', '{"c":1}', '{"o":{"a":{"b":[{"c":1}]}}}'],
    ["SELECT (*) FROM 'a/b'", red, red],
    ["SELECT *.color, *[0] FROM 'a/b'", red, '{"color":"red"}'],
    ["SELECT *[1].a AS x FROM 'a/b'", '[0,{"a":1}]', '{"x":1}'],
    ["SELECT cast(* AS string) AS text FROM 'a/b'", '{"a":1}', '{"text":"{\\"a\\":1}"}'],
    ["SELECT 'is ' + * AS text FROM 'a/b'", '{"a":1}', '{"text":"is {\\"a\\":1}"}'],
    ["SELECT CASE WHEN color = 'red' THEN * ELSE 0 END AS c FROM 'a/b'", red, `{"c":${red}}`],
    ["SELECT CASE * WHEN {\"a\": 1} THEN 'one' END AS c FROM 'a/b'", '{"a":1}', '{"c":"one"}'],
    ["SET @p = * SELECT @p.color FROM 'a/b'", red, '{"color":"red"}'],
    ['SELECT 1 AS n FROM \'a/b\' WHERE * = {"a": 1} AND NOT isUndefined(*)', '{"a":1}', '{"n":1}'],
    ["SELECT 2 IN * AS has FROM 'a/b'", '[1,2]', '{"has":true}'],
    ["SELECT get_or_default(*, 0) AS p FROM 'a/b'", '{"a":1}', '{"p":{"a":1}}'],
    [
      'SELECT (SELECT {"item": *} FROM a) AS rows FROM \'a/b\'',
      '{"a":[1,2]}',
      '{"rows":[{"item":1},{"item":2}]}',
    ],
    ["SELECT (SELECT VALUE [*] FROM a WHERE * > 1) AS rows FROM 'a/b'", '{"a":[1,2]}', '{"rows":[[2]]}'],
    ['SELECT VALUE {"p": *} FROM \'a/b\'', '', '{}'],
  ])('%s on %s gives %s', (sql, payload, expected) => expect(run(sql, payload)).toBe(expected))

  it.each([
    'SELECT {"payload": *}',
    'SELECT [*] AS a',
    'SELECT VALUE {"a": [*]}',
    'SET @p = {"a": *} SELECT 1 AS n',
  ])('%s fails for a payload that JSON cannot hold, as nothing of it may be lost in silence', (sql) => {
    expect(() => run(sql, 'no JSON')).toThrow('the payload is not a JSON object or array')
  })
})

describe('WHERE', () => {
  it.each([
    ["temperature > 50 AND color <> 'red'", 'no match'],
    ['temperature >= 50', red],
    ['missing = 1', 'no match'],
    ['missing <> 1', 'no match'],
    ['color', 'no match'],
    ["'TRUE'", red],
    ['1', 'no match'],
    ['null', 'no match'],
    ['NOT isUndefined(color) AND isUndefined(colour)', red],
    ["color IN ['red', 'blue']", red],
  ])('WHERE %s gives %s', (where, expected) =>
    expect(run(`SELECT * FROM 'a/b' WHERE ${where}`, red)).toBe(expected),
  )

  it('decides before SELECT is evaluated, which may fail', () => {
    expect(run("SELECT *, 1 AS x FROM 'a/b' WHERE false", '80')).toBe('no match')
  })
})

describe('payloads that are not JSON objects or arrays', () => {
  const bytes = Uint8Array.of(0xff, 0x00, 0x7b)
  it.each([
    ["SELECT * FROM 'a/b'", bytes, 'bytes ff007b'],
    ["SELECT VALUE * FROM 'a/b'", bytes, 'bytes ff007b'],
    ["SELECT * FROM 'a/b'", '80', 'bytes 3830'],
    ["SELECT * FROM 'a/b'", '{"a":1,}', `bytes ${Buffer.from('{"a":1,}').toString('hex')}`],
    ["SELECT * FROM 'a/b'", '{"a":01}', `bytes ${Buffer.from('{"a":01}').toString('hex')}`],
    ["SELECT * FROM 'a/b'", '', ''],
    ["SELECT *, 1 AS x FROM 'a/b'", '', '{"x":1}'],
    [
      "SELECT encode(*, 'base64') AS data, timestamp() AS ts FROM 'a/b'",
      bytes,
      '{"data":"/wB7","ts":1481825251155}',
    ],
    [
      "SELECT decode(encode(*, 'base64'), 'base64') AS value FROM 'a/b' WHERE decode(encode(*, 'base64'), 'base64') > 50",
      '80',
      '{"value":80}',
    ],
    ["SELECT color FROM 'a/b'", bytes, '{}'],
    ["SELECT * FROM 'a/b' WHERE device_type = 'thermostat'", bytes, 'no match'],
    ["SELECT * FROM 'a/b' WHERE timestamp() % 5 = 0", bytes, 'bytes ff007b'],
  ])('%s on %j gives %s', (sql, payload, expected) => expect(run(sql, payload)).toBe(expected))

  it.each([
    ["SELECT *, timestamp() AS ts FROM 'a/b'", bytes],
    ["SELECT * AS data FROM 'a/b'", bytes],
    ["SELECT *, 1 AS x FROM 'a/b'", '[1]'],
  ])('%s fails the rule', (sql, payload) => expect(() => run(sql, payload)).toThrow(SqlEvaluationError))
})

describe('topicFilterOf', () => {
  it.each([
    ["SELECT * FROM 'a/+/c/#'", 'a/+/c/#'],
    ['SELECT * FROM "a/b"', 'a/b'],
    ['SELECT * FROM topic/#', 'topic/#'],
    [
      'SELECT *, clientid() as clientid from $aws/events/certificates/registered/abc',
      '$aws/events/certificates/registered/abc',
    ],
    ['SELECT *\nFROM\n  iot/rules-1\nWHERE a = 1', 'iot/rules-1'],
    ["SELECT a.from, b AS from FROM 'x'", 'x'],
    ['SELECT *', undefined],
    ['SELECT * WHERE a = 1', undefined],
  ])('of %j is %s', (sql, filter) => expect(topicFilterOf(parseSql(sql, '2015-10-08'))).toBe(filter))
})

describe('context', () => {
  it('says n/a for a message that did not come over MQTT', () => {
    expect(
      run(
        "SELECT clientid(), traceid(), principal(), sourceip(), get_mqtt_property('format_indicator') AS f",
        '{}',
      ),
    ).toBe('{"clientid":"n/a","f":"UNSPECIFIED_BYTES"}')
  })

  it('hides the part of a Basic Ingest topic that names the rule', () => {
    const query = parseSql('SELECT topic(), topic(3) AS floor', '2016-03-23')
    const result = evaluateQuery(
      query,
      messageOf('{}', '$aws/rules/BuildingManager/Buildings/Building5/Floor2/Lights'),
    )
    expect(result).toMatchObject({
      output: { text: '{"topic":"Buildings/Building5/Floor2/Lights","floor":"Floor2"}' },
    })
  })

  it('asks the outside for a function that is offered', () => {
    const query = parseSql("SELECT get_thing_shadow(name, 'role').state.on", '2016-03-23', {
      offered: new Set(['get_thing_shadow']),
    })
    const asked: unknown[] = []
    const callExternal = (...call: unknown[]) => {
      asked.push(call)
      return '{"state":{"on":1.0}}'
    }
    const result = evaluateQuery(query, messageOf('{"name":"lamp"}', 'a', { callExternal }))
    expect(result).toMatchObject({ output: { text: '{"on":1}' } })
    expect(asked).toEqual([['get_thing_shadow', ['lamp', 'role']]])
  })

  it('catches what failed in get_or_default(), and lets everything else through', () => {
    const offered = new Set(['get_thing_shadow'])
    const query = parseSql("SELECT get_or_default(get_thing_shadow('a', 'r'), 'none') AS s", '2016-03-23', {
      offered,
    })
    const failing = (error: Error) =>
      evaluateQuery(
        query,
        messageOf('{}', 'a', {
          callExternal: () => {
            throw error
          },
        }),
      )
    expect(failing(new SqlEvaluationError('failed', 'no shadow'))).toMatchObject({
      output: { text: '{"s":"none"}' },
    })
    expect(() => failing(new Error('wait'))).toThrow('wait')
    expect(() => failing(new SqlEvaluationError('limit', 'too much'))).toThrow('too much')
  })
})

describe('templates', () => {
  const message = messageOf('{"device_id":"d}1","n":10.0,"o":{"a":[1]},"nothing":null}', 'my/topic')
  it.each([
    ['plain text', 'plain text'],
    ['', ''],
    ['${topic()}/republish', 'my/topic/republish'],
    ['device/${device_id}', 'device/d}1'],
    ['${n}-${n + 1}', '10-11'],
    ['${o}', '{"a":[1]}'],
    ['${o.*}', '{"a":[1]}'],
    ['${*.o.a[0]}', '1'],
    ['${length(*) > 9}', 'true'],
    ['${o.a[0]}${missing}${nothing}', '1'],
    ["${get({'a': \"}\"}, 'a')}", '}'],
    ["${ parse_time('yyyy', timestamp(), 'UTC') }", '2016'],
    ['$$aws/things/x/shadow/update', '$aws/things/x/shadow/update'],
    ['$${topic()}', '${topic()}'],
    ['$aws/a$', '$aws/a$'],
    ['}{$', '}{$'],
    ["${CASE n WHEN 10 THEN 'ten' END}", 'ten'],
    ['${(SELECT VALUE x FROM o.a AS x)}', '[1]'],
    ['${newuuid()}.json', '123a4567-b89c-12d3-e456-789012345000.json'],
  ])('%s becomes %s', (text, expected) => {
    expect(evaluateTemplate(parseTemplate(text, '2016-03-23'), message)).toBe(expected)
  })

  it('knows the variables of the statement', () => {
    const { variables } = parseSql('SET @t = n * 2 SELECT *', '2016-03-23')
    expect(evaluateTemplate(parseTemplate('t-${@t}', '2016-03-23', { variables }), message)).toBe('t-20')
  })

  it('sees nothing of a payload that is not JSON', () => {
    expect(
      evaluateTemplate(parseTemplate("${a}|${encode(*, 'base64')}", '2016-03-23'), messageOf('80')),
    ).toBe('|ODA=')
  })
})
