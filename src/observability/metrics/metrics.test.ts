import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { lacks } from '../../../test/helpers/programs.ts'
import { watchEventLoop } from './event-loop.ts'
import { counter, gauge, histogram, renderFamilies } from './render.ts'
import { Counter, Histogram } from './series.ts'

describe('a counter', () => {
  it('keeps one value for each combination of labels', () => {
    const calls = new Counter()
    calls.add({ operation: 'CreateThing', status: 200 })
    calls.add({ operation: 'CreateThing', status: 200 })
    calls.add({ operation: 'CreateThing', status: 400 }, 3)
    expect(calls.samples()).toEqual([
      { labels: { operation: 'CreateThing', status: 200 }, value: 2 },
      { labels: { operation: 'CreateThing', status: 400 }, value: 3 },
    ])
  })

  it('does not grow without end: what comes late is counted together', () => {
    const names = new Counter()
    for (let n = 0; n < 5000; n += 1) names.add({ name: `n${n}` })
    const samples = names.samples()
    expect(samples.length).toBeLessThanOrEqual(2001)
    expect(samples.at(-1)).toEqual({ labels: { other: 'true' }, value: 3000 })
  })
})

describe('a histogram', () => {
  it('counts in each bucket all that is not above its bound', () => {
    const seconds = new Histogram([0.1, 1])
    for (const observed of [0.05, 0.1, 0.5, 7]) seconds.observe(observed)
    expect(renderFamilies([histogram('it_seconds', 'It.', seconds)])).toBe(`# HELP it_seconds It.
# TYPE it_seconds histogram
it_seconds_bucket{le="0.1"} 2
it_seconds_bucket{le="1"} 3
it_seconds_bucket{le="+Inf"} 4
it_seconds_sum 7.65
it_seconds_count 4
`)
  })

  it('keeps labels apart', () => {
    const seconds = new Histogram([1])
    seconds.observe(0.5, { service: 'iot' })
    seconds.observe(2, { service: 'iam' })
    const text = renderFamilies([histogram('it_seconds', 'It.', seconds)])
    expect(text).toContain('it_seconds_bucket{service="iot",le="1"} 1\n')
    expect(text).toContain('it_seconds_bucket{service="iam",le="1"} 0\n')
    expect(text).toContain('it_seconds_sum{service="iam"} 2\n')
  })
})

describe('the page', () => {
  const hostile = 'a "quoted"\nline \\ of <b>'

  it('has values of labels, and help, in the escapes of the format', () => {
    const labels = { name: hostile }
    expect(renderFamilies([counter('it_total', 'One\nline.', [{ labels, value: 1 }])])).toBe(
      String.raw`# HELP it_total One\nline.
# TYPE it_total counter
it_total{name="a \"quoted\"\nline \\ of <b>"} 1
`,
    )
  })

  it.skipIf(lacks('promtool'))('is one that Prometheus reads', () => {
    const seconds = new Histogram()
    seconds.observe(0.2, { name: hostile })
    const input = renderFamilies([
      gauge('it', 'It.', 1.5),
      counter('its_total', 'Its.', [{ labels: { name: hostile }, value: 1 }]),
      histogram('it_seconds', 'How long.', seconds),
    ])
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input,
      encoding: 'utf8',
    })
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' })
  })
})

it('sees that the event loop was held up, and that it worked', async () => {
  using watched = watchEventLoop()
  const sum = () => watched.lag.samples().find(({ suffix }) => suffix === '_sum')?.value ?? 0
  const until = performance.now() + 700 // longer than the time between two looks
  while (performance.now() < until);
  await expect.poll(sum).toBeGreaterThan(0.05)
  expect(watched.busySeconds()).toBeGreaterThan(0.5)
})
