/** Spans and how they reach a collector that is slow, refuses, or is not there. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createTrustedOutbound } from '../../lib/outbound/outbound.ts'
import { openExporter } from './exporter.ts'
import { toExport } from './otlp.ts'
import type { Span } from './span.ts'
import { createTracer } from './tracer.ts'

function recording() {
  const spans: Span[] = []
  return { spans, ...createTracer((span) => spans.push(span)) }
}

it('work within work is its child, and what outlives a span stands by itself', async () => {
  const { spans, trace, isWithin } = recording()
  let later: Promise<void> | undefined
  await trace({ name: 'outer' }, async () => {
    expect(isWithin()).toBe(true)
    await trace({ name: 'inner' }, () => turn())
    later = turn()
      .then(() => turn())
      .then(() => trace({ name: 'later' }, () => turn()))
  })
  await later
  const [inner, outer, after] = spans
  expect(inner).toMatchObject({ name: 'inner', traceId: outer?.traceId, parentSpanId: outer?.spanId })
  expect(outer).not.toHaveProperty('parentSpanId')
  expect(after).not.toHaveProperty('parentSpanId')
  expect(after?.traceId).not.toBe(outer?.traceId)
  expect(isWithin()).toBe(false)
})

it('a span of work that threw says of what kind, and passes it on', async () => {
  const { spans, trace } = recording()
  const work = trace({ name: 'bad' }, () => Promise.reject(new TypeError('no secret of this is told')))
  await expect(work).rejects.toThrow(TypeError)
  expect(spans[0]).toMatchObject({ hasFailed: true, attributes: { 'error.type': 'TypeError' } })
  expect(JSON.stringify(spans)).not.toContain('secret')
})

it('a span keeps so many notes, and no more; without a span there are none', async () => {
  const { spans, trace, note } = recording()
  note('of nobody', {})
  await trace({ name: 'chatty' }, async () => {
    for (let count = 0; count < 1000; count++) note('said', { count })
  })
  expect(spans[0]?.events).toHaveLength(64)
})

it('nothing is kept of a trace whose caller keeps none of it, nor of what is part of it', async () => {
  const { spans, trace } = recording()
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00'
  await trace({ name: 'call', traceparent }, () => trace({ name: 'commit' }, () => turn()))
  expect(spans).toEqual([])
})

it('is written as OTLP has it: 64-bit integers as texts, absent attributes left out', async () => {
  const { spans, trace } = recording()
  await trace(
    { name: 'one', kind: 'server', attributes: { a: 1, b: 0.5, c: true, d: undefined } },
    async (tell) => tell({ e: 'text' }, true),
  )
  const scope = { name: 'muster', version: '1' }
  const written = JSON.parse(toExport({ 'service.name': 'muster' }, scope, spans)) as object
  const attributes = [
    { key: 'a', value: { intValue: '1' } },
    { key: 'b', value: { doubleValue: 0.5 } },
    { key: 'c', value: { boolValue: true } },
    { key: 'e', value: { stringValue: 'text' } },
  ]
  const nanos = expect.stringMatching(/^\d{19}$/) as string
  const span = {
    name: 'one',
    kind: 2,
    status: { code: 2 },
    startTimeUnixNano: nanos,
    endTimeUnixNano: nanos,
    attributes,
  }
  expect(written).toMatchObject({ resourceSpans: [{ scopeSpans: [{ scope, spans: [span] }] }] })
})

async function collectorThat(answer: () => number | Promise<number>) {
  const bodies: string[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    bodies.push(body)
    response.writeHead(await answer()).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`)
  const outbound = createTrustedOutbound()
  const said: string[] = []
  const log = { warn: (details: object) => said.push(JSON.stringify(details)) }
  const encode = (spans: readonly Span[]) => spans.map(({ name }) => name).join()
  const exporter = openExporter({ url, headers: {}, outbound, encode, log: log as never, delayMs: 1 })
  const stop = async () => {
    await exporter[Symbol.asyncDispose]()
    outbound[Symbol.dispose]()
    server.closeAllConnections()
    server.close()
  }
  return { bodies, said, exporter, server, stop }
}
const named = (name: string) => ({ name }) as Span

it('a collector that refuses is spoken of once, until it takes some again', async () => {
  let status = 503
  const { bodies, said, exporter, stop } = await collectorThat(() => status)
  for (const name of ['a', 'b']) {
    exporter.add(named(name))
    await expect.poll(() => bodies).toContain(name)
  }
  status = 200
  exporter.add(named('taken'))
  await expect.poll(() => bodies).toContain('taken')
  await stop()
  expect(said).toEqual(['{"fault":"it answered 503","dropped":1}'])
})

it('what comes while a batch is under way goes with the next one, and so does what comes then', async () => {
  const answer = Promise.withResolvers<number>()
  const { bodies, exporter, stop } = await collectorThat(() => answer.promise)
  exporter.add(named('a'))
  await expect.poll(() => bodies).toContain('a')
  exporter.add(named('b'))
  await wait(2) // it was to go after one
  answer.resolve(200)
  await expect.poll(() => bodies).toContain('b')
  exporter.add(named('taken'))
  await expect.poll(() => bodies).toContain('taken')
  await stop()
})

it('a collector that is not there costs spans, not the server; what waits at the end is tried', async () => {
  const { said, exporter, server, stop } = await collectorThat(() => 200)
  server.close()
  for (let count = 0; count < 5000; count++) exporter.add(named('x'))
  await stop()
  expect(said).toHaveLength(1)
})
