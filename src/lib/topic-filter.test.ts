import { assert, property, string, constantFrom, array } from 'fast-check'
import { expect, it } from 'vitest'
import {
  countSlashes,
  isTopicFilter,
  isTopicName,
  matchesTopicFilter,
  parseSharedFilter,
} from './topic-filter.ts'

it.each([
  ['a', true],
  ['a/b', true],
  ['/', true],
  ['a//b', true],
  ['$aws/things', true],
  ['Ä/ö', true],
  ['', false],
  ['a/+', false],
  ['a/#', false],
  ['a+b', false],
  ['a\0b', false],
  ['a\uFFFDb', false],
])('takes %j as a topic: %s', (topic, expected) => expect(isTopicName(topic)).toBe(expected))

it.each([
  ['#', true],
  ['+', true],
  ['a/+/b', true],
  ['a/b/#', true],
  ['/#', true],
  ['+/+', true],
  ['', false],
  ['a#', false],
  ['a/#/b', false],
  ['a+/b', false],
  ['+a', false],
  ['a/\0', false],
])('takes %j as a filter: %s', (filter, expected) => expect(isTopicFilter(filter)).toBe(expected))

it.each([
  ['a/b', 'a/b', true],
  ['a/+', 'a/b', true],
  ['+', 'a', true],
  ['+/+', '/a', true],
  ['#', 'a/b', true],
  ['a/#', 'a/b/c', true],
  ['a/#', 'a/', true],
  ['$aws/#', '$aws/x', true],
  ['a/#', 'a', false],
  ['a/+', 'a', false],
  ['a/+', 'a/b/c', false],
  ['a', 'A', false],
  ['a', 'a/b', false],
  ['a/b', 'a', false],
  ['#', '$aws/x', false],
  ['+/x', '$aws/x', false],
])('matches %j with %j: %s', (filter, topic, expected) =>
  expect(matchesTopicFilter(filter, topic)).toBe(expected),
)

it.each([
  ['a/#', 'a', true],
  ['a/+/#', 'a/b', true],
  ['a/#', 'a/b', true],
  ['#', 'a', true],
  ['a/+/#', 'a', false],
  ['a/b/#', 'a', false],
  ['a/#', 'b', false],
  ['a/+', 'a', false],
  ['#', '$aws/x', false],
])('matches %j with %j where # matches the parent: %s', (filter, topic, expected) =>
  expect(matchesTopicFilter(filter, topic, { doesHashMatchParent: true })).toBe(expected),
)

it.each([
  ['$share/group/a/+', { shareName: 'group', filter: 'a/+' }],
  ['$share/g//', { shareName: 'g', filter: '/' }],
  ['$share/g/#', { shareName: 'g', filter: '#' }],
  ['$share/g/', undefined],
  ['$share/g', undefined],
  ['$share//a', undefined],
  ['$share/', undefined],
  ['$share/g+/a', undefined],
  ['$share/#/a', undefined],
  ['$share/g/a#', undefined],
  ['a/b', undefined],
  ['$shared/g/a', undefined],
])('reads %j as a shared subscription', (filter, expected) =>
  expect(parseSharedFilter(filter)).toEqual(expected),
)

it('matches a topic without wildcards with itself alone', () => {
  const level = constantFrom('a', 'b', '', 'long level')
  const topic = array(level, { minLength: 1, maxLength: 5 }).map((levels) => levels.join('/'))
  const check = (one: string, other: string) => {
    expect(matchesTopicFilter(one, other)).toBe(one === other)
  }
  assert(property(topic, topic, check))
})

it('counts slashes as splitting does', () => {
  const check = (text: string) => {
    expect(countSlashes(text)).toBe(text.split('/').length - 1)
  }
  assert(property(string(), check))
})
