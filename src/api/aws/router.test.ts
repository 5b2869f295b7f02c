import { assert, property, string as anyString } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { getModel, type Operation, type ServiceName } from './model.ts'
import { findOperation } from './router.ts'
import { parseTarget, type WireRequest } from './wire.ts'

const request = (method: string, target: string, headers: Record<string, string> = {}): WireRequest => ({
  method,
  ...parseTarget(target),
  headers,
  body: new Uint8Array(),
})
const noForm = new Map<string, string>()

const restServices = ['iot', 'iot-data', 'iot-jobs-data', 'lambda'] satisfies ServiceName[]
const operations = restServices.flatMap((service) =>
  [...getModel(service).operations.values()].map((operation) => ({
    service,
    operation,
    name: operation.name,
  })),
)
const literals = new Set(operations.flatMap(({ operation }) => operation.requestUri.split(/[/?]/)))

const encode = (text: string) =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

function buildUri({ requestUri }: Operation, value: string): string {
  return requestUri.replaceAll(/\{[^}]+?(\+?)\}/g, (_label, greedy) =>
    greedy === '+' ? value.split('/').map(encode).join('/') : encode(value),
  )
}

describe('rest-json', () => {
  it('has operations to test', () => expect(operations.length).toBe(272 + 11 + 5 + 85))

  it.each(operations)('$service $name is found by the URI built from it', ({ service, operation }) => {
    const value = anyString({ minLength: 1, maxLength: 30, unit: 'grapheme' })
    const isPlain = (text: string) => !literals.has(text) && !text.startsWith('/') && !text.endsWith('/')
    assert(
      property(value.filter(isPlain), (text) => {
        const match = findOperation(
          getModel(service),
          request(operation.method, buildUri(operation, text)),
          noForm,
        )
        expect(match?.operation.name).toBe(operation.name)
        expect([...match!.labels.values()].every((label) => label === text)).toBe(true)
      }),
      { numRuns: 15 },
    )
  })

  it.each([
    ['iot', 'PUT', '/thing-groups/addThingToThingGroup', 'AddThingToThingGroup'],
    ['iot', 'GET', '/things/addThingToThingGroup', 'DescribeThing'],
    ['iot', 'GET', '/things/', 'ListThings'],
    ['iot', 'GET', '/things/a%2Fb', 'DescribeThing'],
    ['iot', 'GET', '/destinations/a/b/c', 'GetTopicRuleDestination'],
    ['lambda', 'GET', '/2015-03-31/functions', 'ListFunctions'],
    ['lambda', 'GET', '/2015-03-31/functions/', 'ListFunctions'],
    ['lambda', 'GET', '/2018-10-31/layers?find=LayerVersion&Arn=a', 'GetLayerVersionByArn'],
    ['lambda', 'GET', '/2018-10-31/layers', 'ListLayers'],
  ] as const)('%s: %s %s means %s', (service, method, target, name) => {
    expect(findOperation(getModel(service), request(method, target), noForm)?.operation.name).toBe(name)
  })

  it.each([
    ['GET', '/'],
    ['GET', '/nothing'],
    ['GET', '/thing'],
    ['GET', '/things/a/b/c/d'],
    ['GET', '/things//principals'],
    ['GET', '//things'],
    ['TRACE', '/things'],
    ['get', '/things'],
    ['GET', 'http://elsewhere/things'],
    ['DELETE', '/destinations/'],
  ])('%s %s means nothing', (method, target) => {
    expect(findOperation(getModel('iot'), request(method, target), noForm)).toBe(undefined)
  })

  it.each([
    ['POST', '/topics/a', 'a'],
    ['POST', '/topics/a%2Fb%20%C3%BC', 'a/b ü'],
    ['POST', '/topics/a/b/c', 'a/b/c'],
    ['POST', '/topics/a/b%2Fc', 'a/b/c'],
    ['POST', '/topics//a/', '/a/'],
    ['POST', '/topics/$aws/rules/x', '$aws/rules/x'],
    ['GET', '/retainedMessage/a/b', 'a/b'],
    ['GET', '/retainedMessage/a%2Fb%2F', 'a/b/'],
  ])('%s %s has the topic %s, whose slashes may be encoded or not', (method, target, topic) => {
    const match = findOperation(getModel('iot-data'), request(method, target), noForm)
    expect(match?.labels.get('topic')).toBe(topic)
  })

  it.each([
    ['POST', '/topics', undefined],
    ['POST', '/topics/', undefined],
    ['GET', '/topics/a', undefined],
    ['GET', '/retainedMessage/', 'ListRetainedMessages'],
    ['GET', '/things/a/b/shadow', undefined],
  ])('%s %s without a topic means %s', (method, target, name) => {
    expect(findOperation(getModel('iot-data'), request(method, target), noForm)?.operation.name).toBe(name)
  })

  it('refuses a label that is not percent-encoded UTF-8', () => {
    expect(() => findOperation(getModel('iot'), request('GET', '/things/%ff'), noForm)).toThrow(
      'the label thingName is not percent-encoded UTF-8',
    )
  })
})

describe('json and query', () => {
  it.each([
    ['Logs_20140328.CreateLogGroup', 'CreateLogGroup'],
    ['Logs_20140328.Nothing', undefined],
    ['Logs_20140328.toString', undefined],
    ['', undefined],
  ])('X-Amz-Target %s means %s', (target, name) => {
    const post = request('POST', '/', { 'x-amz-target': target })
    expect(findOperation(getModel('logs'), post, noForm)?.operation.name).toBe(name)
  })

  it.each([
    ['GetCallerIdentity', 'GetCallerIdentity'],
    ['getcalleridentity', undefined],
    ['__proto__', undefined],
  ])('Action %s means %s', (action, name) => {
    const form = new Map([['Action', action]])
    expect(findOperation(getModel('sts'), request('POST', '/'), form)?.operation.name).toBe(name)
  })

  it('means nothing without an action or a target', () => {
    expect(findOperation(getModel('sts'), request('POST', '/'), noForm)).toBe(undefined)
    expect(findOperation(getModel('logs'), request('POST', '/'), noForm)).toBe(undefined)
  })
})
