import { describe, expect, it } from 'vitest'
import { CborTime, decodeCbor, encodeCbor } from '../../lib/cbor.ts'
import { AwsError } from './errors.ts'
import { getModel } from './model.ts'
import { parseInput } from './parse.ts'
import { parseForm } from './protocols/query-form.ts'
import { renderError } from './render-error.ts'
import { findOperation } from './router.ts'
import { writeOutput } from './serialize.ts'
import { spokenBy } from './spoken-by.ts'
import { MalformedRequestError, type WireRequest } from './wire.ts'

const requestOf = (headers: Record<string, string>, body: string | Uint8Array, path = '/'): WireRequest => ({
  method: 'POST',
  path,
  query: new Map(),
  headers,
  body: Buffer.from(body),
})

const at = new Date('2026-03-04T05:06:00Z')
const seconds = at.getTime() / 1000
const cborPath = '/service/GraniteServiceVersion20100801/operation/GetMetricStatistics'
const asCbor = (body: Uint8Array, path = cborPath) =>
  requestOf({ 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' }, body, path)
const asJson = (body: object) =>
  requestOf({ 'x-amz-target': 'GraniteServiceVersion20100801.GetMetricStatistics' }, JSON.stringify(body))
const asForm = (body: string) => requestOf({ 'content-type': 'application/x-www-form-urlencoded' }, body)

const members = {
  MetricName: 'Connect.Success',
  Dimensions: [{ Name: 'Protocol', Value: 'MQTT' }],
  Period: 60,
  Statistics: ['Sum'],
}
const requests = {
  cbor: asCbor(
    encodeCbor({ ...members, StartTime: new CborTime(seconds), EndTime: new CborTime(seconds + 0.5) }),
  ),
  json: asJson({ ...members, StartTime: seconds, EndTime: seconds + 0.5 }),
  query: asForm(
    'Action=GetMetricStatistics&MetricName=Connect.Success&Dimensions.member.1.Name=Protocol&Dimensions.member.1.Value=MQTT' +
      '&Period=60&Statistics.member.1=Sum&StartTime=2026-03-04T05%3A06%3A00Z&EndTime=2026-03-04T05%3A06%3A00.500Z',
  ),
} as const

const protocols = ['cbor', 'json', 'query'] as const

function read(request: WireRequest) {
  const model = spokenBy(getModel('cloudwatch'), request)
  const parameters = model.protocol === 'query' ? parseForm(request) : new Map<string, string>()
  const match = findOperation(model, request, parameters)
  return match && parseInput(model.protocol, { request, match, parameters })
}

const textOf = (body: string | Uint8Array) => Buffer.from(body).toString()
const modelOf = (protocol: (typeof protocols)[number]) => spokenBy(getModel('cloudwatch'), requests[protocol])

describe('a service with several protocols', () => {
  it.each(protocols)('is understood in %s, to the same input', (protocol) => {
    expect(modelOf(protocol).protocol).toBe(protocol)
    expect(read(requests[protocol])).toEqual({
      ...members,
      StartTime: at,
      EndTime: new Date(at.getTime() + 500),
    })
  })

  it('answers in CBOR with times, and with floats where the model has them, whole or not', () => {
    const operation = getModel('cloudwatch').operations.get('GetMetricStatistics')!
    const output = { Label: 'x', Datapoints: [{ Timestamp: at, Sum: 3, Unit: 'Count' }], other: 1 }
    const { headers, body } = writeOutput(modelOf('cbor'), operation, { output, requestId: 'r' })
    expect(headers).toEqual({ 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' })
    expect(decodeCbor(body as Uint8Array, { maxBytes: 1000, maxDepth: 5, takesTimes: true })).toEqual({
      Label: 'x',
      Datapoints: [{ Timestamp: seconds, Sum: 3, Unit: 'Count' }],
    })
    const hex = Buffer.from(body as Uint8Array).toString('hex')
    expect(hex).toContain(`6353756d` + `fb4008000000000000`) // "Sum", 3.0
    expect(hex).toContain('c11b') // a time
  })

  it('answers in JSON of the version that the model says', () => {
    const operation = getModel('cloudwatch').operations.get('GetMetricStatistics')!
    const output = { Datapoints: [{ Timestamp: at, Sum: 3 }] }
    const { headers, body } = writeOutput(modelOf('json'), operation, { output, requestId: 'r' })
    expect(headers).toEqual({ 'content-type': 'application/x-amz-json-1.0' })
    expect(JSON.parse(textOf(body))).toEqual({ Datapoints: [{ Timestamp: seconds, Sum: 3 }] })
  })

  it('tells in every protocol what the query protocol calls an error', () => {
    const error = new AwsError('InvalidParameterValue', 'no')
    const [cbor, json, query] = protocols.map((protocol) =>
      renderError(error, { protocol, model: modelOf(protocol), requestId: 'r' }),
    )
    const code = { 'x-amzn-query-error': 'InvalidParameterValue;Sender' }
    const body = { __type: 'InvalidParameterValueException', message: 'no' }
    expect([cbor!.status, json!.status, query!.status]).toEqual([400, 400, 400])
    expect(cbor!.headers).toMatchObject({ 'smithy-protocol': 'rpc-v2-cbor', ...code })
    expect(decodeCbor(cbor!.body as Uint8Array, { maxBytes: 1000, maxDepth: 2 })).toEqual(body)
    expect(json!.headers).toEqual({ 'content-type': 'application/x-amz-json-1.0', ...code })
    expect(JSON.parse(textOf(json!.body))).toEqual(body)
    expect(textOf(query!.body)).toContain('<Code>InvalidParameterValue</Code>')
  })

  it('tells a denial so that both kinds of clients know it', () => {
    const denial = new AwsError('AccessDeniedException', 'no')
    const { headers, body } = renderError(denial, {
      protocol: 'json',
      model: modelOf('json'),
      requestId: 'r',
    })
    expect(headers).toMatchObject({ 'x-amzn-query-error': 'AccessDenied;Sender' })
    expect(JSON.parse(textOf(body))).toMatchObject({ __type: 'AccessDeniedException' })
  })

  it.each<[string, WireRequest]>([
    ['what is no CBOR', asCbor(Buffer.from('{}'))],
    ['bytes after the value', asCbor(Buffer.from('a0a0', 'hex'))],
    ['another tag than that of times', asCbor(Buffer.from('a169537461727454696d65c200', 'hex'))],
    ['a text that is no time', asCbor(encodeCbor({ StartTime: 'soon' }))],
    ['a time where a number is asked for', asCbor(encodeCbor({ MetricName: new CborTime(1) }))],
    ['a list where an object is asked for', asCbor(encodeCbor([1]))],
  ])('refuses %s', (_, request) => {
    expect(() => read(request)).toThrow(MalformedRequestError)
  })

  it.each<[string, WireRequest]>([
    [
      'another operation',
      asCbor(Buffer.alloc(0), '/service/GraniteServiceVersion20100801/operation/Nothing'),
    ],
    ['a path with more', asCbor(Buffer.alloc(0), `${cborPath}/more`)],
    ['no path at all', asCbor(Buffer.alloc(0), '/')],
    ['a form without an action', asForm('MetricName=x')],
  ])('finds nothing for %s', (_, request) => {
    expect(read(request)).toBe(undefined)
  })

  it('takes an empty body as an input without members', () => {
    expect(read(asCbor(Buffer.alloc(0)))).toEqual({})
  })
})

describe('a service with one protocol', () => {
  it.each(['cbor', 'json'] as const)('is not asked in %s, whatever a request says', (protocol) => {
    expect(spokenBy(getModel('iam'), requests[protocol]).protocol).toBe('query')
    expect(spokenBy(getModel('iot'), requests[protocol]).protocol).toBe('rest-json')
  })
})
