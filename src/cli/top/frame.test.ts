import { stripVTControlCharacters } from 'node:util'
import { expect, it } from 'vitest'
import { renderFrame, type Reading } from './frame.ts'
import { readMetrics } from './read-metrics.ts'

const started = Date.parse('2026-01-31T10:00:00Z')
const page = (calls: number, refused: number) => `# HELP muster_api_calls_total Calls.
# TYPE muster_api_calls_total counter
muster_build_info{version="1.2.3",node="26"} 1
process_start_time_seconds ${started / 1000}
muster_device_connections 1204
muster_mqtt_clients 1200
muster_persistent_sessions 30
muster_offline_sessions 4
muster_api_calls_total{service="iot",operation="CreateThing",status="200"} ${calls}
muster_api_calls_total{service="iot",operation="say \\"}\\"",status="400"} 1000
muster_journal_entries_total{code="no-certificate"} 7
muster_journal_entries_total{code="certificate-expired"} ${refused}
muster_journal_entries_total{code="provisioned"} 900
muster_journal_entries_total{code="of a newer version"} 5
`
const reading = (at: number, calls: number, refused: number): Reading => ({
  at: started + at,
  metrics: readMetrics(page(calls, refused)),
  refusals: [
    { at: '2026-01-31T10:00:01.000Z', code: 'no-certificate', sourceIp: '192.0.2.1' },
    { at: '2026-01-31T10:00:02.000Z', code: 'certificate-expired' },
  ],
})
const readings = { before: reading(60_000, 10, 1), now: reading(62_000, 25, 3), place: 'http://a:1' }
const wide = { width: 200, height: 100, hasColours: false }
const frame = (given = readings, screen = wide) => renderFrame(given, screen)

it('says what is connected, how much happens in a second, and who is refused', () => {
  expect(frame()).toEqual([
    'muster 1.2.3  http://a:1  up 1 min 2 s  10:01:02 UTC',
    'connections 1,204  MQTT clients 1,200  sessions kept 30, 4 of them offline',
    '',
    '                                  a second   since start',
    'connects                                 0             0',
    'messages in                              0             0',
    'messages out                             0             0',
    'bytes in                                 0             0',
    'bytes out                                0             0',
    'API calls                              7.5         1,025',
    'commits                                  0             0',
    'messages lost                            0             0',
    '',
    'refused                           a second   since start',
    'certificate-expired                      1             3',
    'no-certificate                           0             7',
    '',
    '10:00:02  certificate-expired',
    '10:00:01  no-certificate  from 192.0.2.1',
  ])
})

it('has no rates of a server that was started anew', () => {
  const lines = frame({ ...readings, before: reading(60_000, 9999, 1) })
  expect(lines.find((line) => line.startsWith('API calls'))).toMatch(/ 0 +1,025$/)
})

it.each([
  [[], 'nothing was refused since the start'],
  [
    'GET /muster/v1/refusals answered 403',
    'who was refused is not told: GET /muster/v1/refusals answered 403',
  ],
] as const)('says so when there is nothing to tell of refusals, or nobody tells', (refusals, said) => {
  const now = { ...readings.now, refusals }
  const quiet = { ...now, metrics: readMetrics('') }
  expect(frame({ ...readings, now: typeof refusals === 'string' ? now : quiet }).at(-1)).toBe(said)
})

it('fits into a small terminal, and colours nothing but what it shows', () => {
  const lines = frame(readings, { width: 30, height: 15, hasColours: true })
  expect(lines).toHaveLength(15)
  for (const line of lines) expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(30)
  const coloured = frame(readings, { ...wide, hasColours: true })
  expect(coloured.join('\n')).toContain('\x1b[33mcertificate-expired')
  expect(coloured.map((line) => stripVTControlCharacters(line))).toEqual(frame())
})
