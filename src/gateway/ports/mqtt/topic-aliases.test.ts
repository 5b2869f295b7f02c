import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InboundAliases, OutboundAliases } from './topic-aliases.ts'

describe('aliases of a client', () => {
  it.each([
    ['0', 0, 'a'],
    ['one above the maximum', 9, 'a'],
    ['one that stands for nothing', 3, ''],
  ])('refuse %s', (_what, alias, topic) => {
    const aliases = new InboundAliases(8)
    aliases.resolve(2, 'other')
    expect(aliases.resolve(alias, topic)).toBeUndefined()
  })

  it('stand for the last topic they were given', () => {
    const aliases = new InboundAliases(8)
    expect(aliases.resolve(8, 'a')).toBe('a')
    expect(aliases.resolve(8, '')).toBe('a')
    expect(aliases.resolve(1, 'a')).toBe('a')
    expect(aliases.resolve(8, 'b')).toBe('b')
    expect(aliases.resolve(8, '')).toBe('b')
    expect(aliases.resolve(1, '')).toBe('a')
  })

  it('are not taken at all by a server that offers none', () => {
    expect(new InboundAliases(0).resolve(1, 'a')).toBeUndefined()
  })
})

describe('aliases for a client', () => {
  it('are given to a topic that comes again, and used once that has been sent', () => {
    const aliases = new OutboundAliases(2)
    expect(aliases.find('room/1')).toBeUndefined()
    const given = aliases.find('room/1')
    expect(given).toEqual({ topicAlias: 1, isTopicOmitted: false })
    expect(aliases.find('room/1')).toEqual(given) // the packet before was dropped
    aliases.confirm('room/1', given!)
    expect(aliases.find('room/1')).toEqual({ topicAlias: 1, isTopicOmitted: true })
  })

  it.each([
    ['takes none', 0, 'room/1'],
    ['gains nothing from them', 8, 'a/b'],
  ])('are not given when it %s', (_why, maximum, topic) => {
    const aliases = new OutboundAliases(maximum)
    for (let count = 0; count < 3; count++) expect(aliases.find(topic)).toBeUndefined()
  })

  it('let the client, which follows the standard, find every topic', () => {
    const topic = fc.nat(20).map((number) => `topic/${number}`)
    const deliveries = fc.array(fc.tuple(topic, fc.boolean()), { maxLength: 200 })
    fc.assert(
      fc.property(deliveries, fc.nat(10), (sent, maximum) => {
        const server = new OutboundAliases(maximum)
        const client = new InboundAliases(maximum)
        for (const [name, isDropped] of sent) {
          const use = server.find(name)
          if (isDropped || !use) continue
          expect(client.resolve(use.topicAlias, use.isTopicOmitted ? '' : name)).toBe(name)
          server.confirm(name, use)
        }
      }),
    )
  })
})
