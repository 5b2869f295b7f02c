import { expect, it } from 'vitest'
import { profiles } from '../profile.ts'
import { checkFilter, checkTopic, findResponseTopicFault } from './topics.ts'
import { defaultLimits } from '../limits.ts'

it.each([
  ['a/b/c/d/e/f/g/h', undefined],
  ['$aws/things/lamp/shadow/update', undefined],
  ['$aws/things/lamp/shadow/name/main/get', undefined],
  ['$aws/rules/my-rule/a/b/c/d/e/f/g/h', undefined],
  [`$aws/rules/my-rule/${'x'.repeat(256)}`, undefined],
  ['$aws/certificates/create/json', undefined],
  ['$aws/rules/my-rule/a/b/c/d/e/f/g/h/i', 'topic-refused'],
  ['a/b/c/d/e/f/g/h/i', 'topic-refused'],
  ['ä'.repeat(129), 'topic-refused'],
  ['a/+', 'topic-malformed'],
  ['', 'topic-malformed'],
  ['$aws/events/certificates/registered/x', 'topic-reserved'],
  ['$aws/events/presence/connected/x', 'topic-reserved'],
  ['$aws/things/lamp/shadow/update/accepted', 'topic-reserved'],
  ['$aws/things/lamp', 'topic-reserved'],
  ['$aws', 'topic-reserved'],
  ['$SYS/broker', 'topic-reserved'],
  ['$share/group/a', 'topic-reserved'],
  ['$', 'topic-reserved'],
])('judges a PUBLISH to %s', (topic, reason) =>
  expect(checkTopic({ topic, retain: false }, defaultLimits, profiles.aws)?.reason).toBe(reason),
)

it.each([
  ['$anything/a', false, undefined],
  ['$anything/a', true, undefined],
  ['$SYS/a', false, undefined],
  ['$', false, undefined],
  ['$aws/things/lamp/shadow/update', false, undefined],
  ['$aws/things/lamp/shadow/update', true, 'topic-reserved'],
  ['$aws/events/presence/connected/lamp', false, 'topic-reserved'],
  ['$share/group/a', false, 'topic-reserved'],
])('judges a PUBLISH to %s (retained: %s) by the standard', (topic, retain, reason) =>
  expect(checkTopic({ topic, retain }, defaultLimits, profiles.standard)?.reason).toBe(reason),
)

it.each([
  ['#', undefined],
  ['a/+/#', undefined],
  ['$aws/events/#', undefined],
  ['$aws/things/+/shadow/#', undefined],
  ['$aws/#', 'filter-reserved'],
  ['$aws/+/x', 'filter-reserved'],
  ['$aws/rules/x', 'filter-reserved'],
  ['$SYS/#', 'filter-reserved'],
  ['$+/x', 'filter-malformed'],
  ['a/#/b', 'filter-malformed'],
  ['', 'filter-malformed'],
  ['$share/group', 'filter-malformed'],
  ['$share/gr+up/a', 'filter-malformed'],
  ['$share/group/a#', 'filter-malformed'],
  ['$share/group/$SYS/#', 'filter-reserved'],
  ['+/+/+/+/+/+/+/+/+', 'filter-refused'],
  [`$share/${'g'.repeat(129)}/a`, 'filter-refused'],
  ['$share/group/a/b/c/d/e/f/g/h', undefined],
  ['$aws/commands/things/lamp/executions/e/response/rejected/json', undefined],
  ['$share/group/$aws/commands/+/+/executions/+/response/accepted/cbor', undefined],
  ['$aws/commands/things/lamp/executions/e/response/rejected/json/x', 'filter-refused'],
])('judges a SUBSCRIBE to %s', (filter, reason) =>
  expect(checkFilter(filter, defaultLimits, profiles.aws)?.reason).toBe(reason),
)

it.each([
  ['$SYS/#', undefined],
  ['$aws/#', undefined],
  ['a/b/c/d/e/f/g/h/i', undefined],
  ['x'.repeat(300), undefined],
  ['a/#/b', 'filter-malformed'],
])('judges a SUBSCRIBE to %s by the standard', (filter, reason) => {
  const limits = { ...defaultLimits, ...profiles.standard.limits }
  expect(checkFilter(filter, limits, profiles.standard)?.reason).toBe(reason)
})

it.each([
  ['answers/1', undefined],
  ['', 'response-topic-invalid'],
  ['answers/+', 'response-topic-invalid'],
  ['#', 'response-topic-invalid'],
])('judges the response topic %j', (responseTopic, reason) =>
  expect(findResponseTopicFault({ responseTopic })?.reason).toBe(reason),
)
