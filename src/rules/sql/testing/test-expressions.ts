/** What an expression is for one message, for the tests of expressions and of functions. */
import { evaluateQuery, parseSql, type RuleMessage, type SqlVersion } from '../index.ts'

const payload = {
  color: 'red',
  temperature: 50,
  reading: 21.7,
  isOn: true,
  isText: 'TRUE',
  nothing: null,
  value: 7,
  end: 'over',
  deviceid: 'iot123',
  device: { name: 'lamp', state: { on: false }, end: 1, from: 2, 'my-key': 'k' },
  lat_long: [47.606, -122.332],
  mixed: [1, 2, 3, 'three', 5.7, null, [1, 2], { a: 1 }],
  e: [
    { n: 'temperature', u: 'Cel', t: 1234, v: 22.5 },
    { n: 'light', u: 'lm', t: 1235, v: 135 },
    { n: 'acidity', u: 'pH', t: 1235, v: 7 },
  ],
  encoded: 'eyAidGVtcGVyYXR1cmUiOiAzMyB9Cg==',
  attributes: { data1: 1, data2: 2 },
  values: [{ a: 3 }, { b: 4 }, { c: 5 }],
}

const message: RuleMessage = {
  payload: Buffer.from(JSON.stringify(payload)),
  topic: 'things/myThings/thingOne',
  context: {
    accountId: '123456789012',
    now: new Date(1_481_825_251_155),
    random: () => 0.25,
    uuid: () => '123a4567-b89c-12d3-e456-789012345000',
    clientId: 'sensor-1',
    traceId: '12345678-1234-1234-1234-123456789012',
    principal: 'ba67293af50bf2506f5f93469686da660c7c844e7b3950bfb16813e0d31e9373',
    sourceIp: '192.158.1.38',
    properties: {
      contentType: 'text/plain',
      payloadFormatIndicator: true,
      correlationData: Buffer.from('abc'),
      userProperties: [
        ['some key', 'some value'],
        ['some key', 'value with duplicate key'],
        ['other key', 'a different value'],
      ],
    },
  },
}

/** JSON text; '' is Undefined. */
export function resultOf(expression: string, version: SqlVersion = '2016-03-23'): string {
  const result = evaluateQuery(parseSql(`SELECT VALUE ${expression} FROM 'a/b'`, version), message)
  return result.matched && result.output.kind === 'json' ? result.output.text : 'not JSON'
}

export const undefinedText = ''
