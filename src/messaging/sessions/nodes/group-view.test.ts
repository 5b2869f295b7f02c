import { beforeEach, describe, expect, it } from 'vitest'
import { createLocalFabric, type Message } from '../../../fabric/in-process/index.ts'
import { GroupView } from './group-view.ts'

const accountId = '123456789012'
const among = new Set(['a', 'b'])

let view: GroupView
let now: number
let random: number

beforeEach(() => {
  now = 0
  random = 0
  view = new GroupView({
    createLocal: () => createLocalFabric({ onError: () => {} }),
    elapsed: () => now,
    random: () => random,
  })
})

const messageOn = (topic: string, account = accountId): Message => ({
  accountId: account,
  topic,
  payload: new Uint8Array(),
  qos: 1,
  retain: false,
})
const matching = (topic: string, account?: string) =>
  view.match(messageOn(topic, account)).map(({ name }) => name)
const told = (name: string, connected: number) => ({ accountId, name, connected })
const pick = (topic: string, except: string[] = []) =>
  view.match(messageOn(topic)).map((group) => view.pick(group, { among, except }))

describe('the groups of all nodes', () => {
  it('are those that a node has connected members of, and those that sessions are kept of', () => {
    view.tell('b', [told('one/x/+', 1)], false)
    view.keep({ accountId, name: 'two/x/1' }, true)
    expect(matching('x/1')).toEqual(['one/x/+', 'two/x/1'])
    expect(matching('x/2')).toEqual(['one/x/+'])
    expect(matching('x/1', '999999999999')).toEqual([])
  })

  it('are forgotten when nobody is in them any more', () => {
    view.tell('b', [told('one/x', 1)], false)
    view.keep({ accountId, name: 'one/x' }, true)
    view.tell('b', [told('one/x', 0)], false)
    expect(matching('x')).toEqual(['one/x'])
    view.keep({ accountId, name: 'one/x' }, false)
    expect(matching('x')).toEqual([])
    view.keep({ accountId, name: 'never/x' }, false)
    view.tell('b', [told('never/x', 0)], false)
    expect(matching('x')).toEqual([])
  })

  it('are no more than a node tells when it tells all', () => {
    view.tell('b', [told('one/x', 1), told('two/x', 1)], true)
    view.tell('b', [told('two/x', 2)], true)
    expect(matching('x')).toEqual(['two/x'])
  })
})

describe('the node that is picked', () => {
  it('has members, and more often the more it has', () => {
    view.tell('a', [told('one/x', 1)], true)
    view.tell('b', [told('one/x', 3)], true)
    const picked = [0, 0.2, 0.3, 0.6, 0.99].map((value) => {
      random = value
      return pick('x')[0]
    })
    expect(picked).toEqual(['a', 'a', 'b', 'b', 'b'])
  })

  it('is none that was tried, that does not serve, or that has not told for a while', () => {
    view.tell('c', [told('one/x', 1)], true)
    expect(pick('x')).toEqual([undefined])
    view.tell('a', [told('one/x', 1)], true)
    expect(pick('x')).toEqual(['a'])
    expect(pick('x', ['a'])).toEqual([undefined])
    now = 3500
    expect(pick('x')).toEqual([undefined])
    view.tell('a', [], false)
    expect(pick('x')).toEqual(['a'])
  })
})
