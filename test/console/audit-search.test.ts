/** What the page Audit asks for, and what it looks for itself. */
import { describe, expect, it } from 'vitest'
import { outcomeOf, type AuditEvent } from '../../console/src/pages/audit/audit-event.ts'
import { exportLine, passes, toLookup, type AuditSearch } from '../../console/src/pages/audit/audit-search.ts'

const now = Date.parse('2026-01-31T12:00:00Z')

const event = (more: Partial<AuditEvent> = {}, record: object = {}): AuditEvent => ({
  EventId: 'id',
  EventName: 'CreateThing',
  ReadOnly: 'false',
  EventTime: 1,
  EventSource: 'iot.amazonaws.com',
  Username: 'ann',
  Resources: [{ ResourceName: 'lamp-1' }],
  CloudTrailEvent: JSON.stringify(record),
  ...more,
})

const attribute = (AttributeKey: string, AttributeValue: string) => ({
  LookupAttributes: [{ AttributeKey, AttributeValue }],
})

it.each<[AuditSearch, object]>([
  [{}, attribute('ReadOnly', 'false')],
  [{ calls: 'reads' }, attribute('ReadOnly', 'true')],
  [{ calls: 'all' }, {}],
  [{ event: 'CreateThing' }, attribute('EventName', 'CreateThing')],
  [{ event: 'CreateThing', user: 'ann' }, attribute('Username', 'ann')],
  [{ event: 'CreateThing', user: 'ann', resource: 'lamp-1' }, attribute('ResourceName', 'lamp-1')],
  [{ calls: 'all', range: '1h' }, { StartTime: now / 1000 - 3600 }],
  [
    { calls: 'all', range: 'own', after: '2026-01-01', before: '2026-01-02T00:00+01:00' },
    { StartTime: Date.parse('2026-01-01') / 1000, EndTime: Date.parse('2026-01-01T23:00:00Z') / 1000 },
  ],
  [{ calls: 'all', after: 'yesterday' }, {}], // of a range that is not chosen
])('%j asks with %j', (search, input) => {
  expect(toLookup(search, now).input).toEqual({ ...input, MaxResults: 50 })
})

it.each(['yesterday', '2026', '2026-13-01', '2026-01-01T12:00', '1767225600'])('%s is no time', (text) => {
  for (const member of ['after', 'before'])
    expect(() => toLookup({ range: 'own', [member]: text }, now)).toThrow(`${member} must be a time like`)
  expect(exportLine({ range: 'own', after: text }, now)).toBe('npx muster audit export')
})

describe('of what is answered', () => {
  it.each<[AuditSearch, AuditEvent]>([
    [{ resource: 'lamp-1' }, event({ ReadOnly: 'true' })],
    [{ resource: 'lamp-1', user: 'bob' }, event()],
    [{ resource: 'lamp-1', user: 'ann' }, event({ Username: 'Ann' })],
    [{ user: 'ann', event: 'DeleteThing' }, event()],
    [{ user: 'ann', calls: 'reads' }, event()],
    [{ outcome: 'refused' }, event()],
    [{ outcome: 'succeeded' }, event({}, { errorCode: 'AccessDenied' })],
    [{ outcome: 'failed' }, event({}, { errorCode: 'ForbiddenException' })],
  ])('%j leaves out %j', (search, one) => {
    expect(passes(one, search)).toBe(false)
  })

  it.each<[AuditSearch, AuditEvent]>([
    [{}, event()],
    [{ resource: 'arn:aws:iot:us-east-1:000000000000:thing/lamp-1' }, event()],
    [{ resource: 'lamp-1', user: 'ann', event: 'CreateThing', outcome: 'succeeded' }, event()],
    [{ calls: 'all', outcome: 'failed' }, event({}, { errorCode: 'LimitExceededException' })],
  ])('%j keeps %j', (search, one) => {
    expect(passes(one, search)).toBe(true)
  })
})

it.each([
  [undefined, 'succeeded'],
  ['AccessDeniedException', 'refused'],
  ['AccessDenied', 'refused'],
  ['ForbiddenException', 'refused'],
  ['UnauthorizedException', 'refused'],
  ['InvalidRequestException', 'failed'],
])('%s is %s', (errorCode, outcome) => {
  expect(outcomeOf(event({}, { errorCode }))).toBe(outcome)
})

it('exports the times that are shown', () => {
  expect(exportLine({ range: 'own', after: '2026-01-01', before: '2026-01-02' }, now)).toBe(
    'npx muster audit export --after 2026-01-01 --before 2026-01-02',
  )
})
