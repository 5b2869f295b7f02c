import { expect, it } from 'vitest'
import { checkFilter, checkTopic } from './topics.ts'
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
  ['a/+', 'topic-refused'],
  ['', 'topic-refused'],
  ['$aws/events/certificates/registered/x', 'topic-reserved'],
  ['$aws/events/presence/connected/x', 'topic-reserved'],
  ['$aws/things/lamp/shadow/update/accepted', 'topic-reserved'],
  ['$aws/things/lamp', 'topic-reserved'],
  ['$aws', 'topic-reserved'],
  ['$SYS/broker', 'topic-reserved'],
  ['$share/group/a', 'topic-reserved'],
  ['$', 'topic-reserved'],
])('judges a PUBLISH to %s', (topic, reason) =>
  expect(checkTopic({ topic, retain: false }, defaultLimits)?.reason).toBe(reason),
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
  ['$+/x', 'filter-refused'],
  ['a/#/b', 'filter-refused'],
  ['', 'filter-refused'],
  ['+/+/+/+/+/+/+/+/+', 'filter-refused'],
  ['$share/group/a', 'shared-unsupported'],
])('judges a SUBSCRIBE to %s', (filter, reason) =>
  expect(checkFilter(filter, defaultLimits)?.reason).toBe(reason),
)
