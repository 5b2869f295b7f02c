import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KnownClients } from './known-clients.ts'
import type { ClientName } from './session-nodes.ts'

const client = (clientId: string, accountId = '123456789012'): ClientName => ({ accountId, clientId })

/** Pages come when they are let. */
function openList(clients: () => readonly ClientName[]) {
  let gate = Promise.withResolvers<void>()
  const errors: unknown[] = []
  let reads = 0
  async function* list() {
    reads++
    const page = clients()
    await gate.promise
    yield page
  }
  return {
    known: new KnownClients({
      list,
      log: { error: (...told: unknown[]) => void errors.push(told) } as never,
    }),
    errors,
    reads: () => reads,
    letGo: () => gate.resolve(),
    fail: () => gate.reject(new Error('the database is away')),
    shut: () => void (gate = Promise.withResolvers<void>()),
  }
}

describe('clients that may have a session', () => {
  it('are all before they were read', async () => {
    const { known, letGo } = openList(() => [client('lamp')])
    expect(known.mayHave(client('other'))).toBe(true)
    const reading = known.read()
    expect(known.mayHave(client('other'))).toBe(true)
    letGo()
    await reading
    expect(known.mayHave(client('other'))).toBe(false)
  })

  it('are those that were read, of that account', async () => {
    const { known, letGo } = openList(() => [client('lamp'), client('fan', '210987654321')])
    letGo()
    await known.read()
    expect([client('lamp'), client('fan', '210987654321')].map((one) => known.mayHave(one))).toEqual([
      true,
      true,
    ])
    expect([client('lamp', '210987654321'), client('fan')].map((one) => known.mayHave(one))).toEqual([
      false,
      false,
    ])
  })

  it('are those that were added, also while they are read', async () => {
    const { known, letGo } = openList(() => [])
    const reading = known.read()
    known.add(client('lamp'))
    letGo()
    await reading
    known.add(client('fan'))
    expect(['lamp', 'fan', 'bell'].map((id) => known.mayHave(client(id)))).toEqual([true, true, false])
  })

  it('are all from when one begins a session without a word, until they are read anew', async () => {
    const stored = [client('lamp')]
    const { known, letGo } = openList(() => [...stored])
    letGo()
    await known.read()
    known.forget()
    stored.push(client('fan'))
    expect(known.mayHave(client('bell'))).toBe(true)
    await known.read()
    expect(['lamp', 'fan', 'bell'].map((id) => known.mayHave(client(id)))).toEqual([true, true, false])
  })

  it('are not what was being read then', async () => {
    const { known, letGo } = openList(() => [])
    const reading = known.read()
    known.forget()
    letGo()
    await reading
    expect(known.mayHave(client('bell'))).toBe(true)
    await known.read()
    expect(known.mayHave(client('bell'))).toBe(false)
  })

  it('are all when they cannot be read, which is said, and are read the next time', async () => {
    const list = openList(() => [])
    list.fail()
    await list.known.read()
    expect(list.known.mayHave(client('bell'))).toBe(true)
    expect(list.errors).toHaveLength(1)
    list.shut()
    list.letGo()
    await list.known.read()
    expect(list.known.mayHave(client('bell'))).toBe(false)
  })

  it('are read once, and anew when they have become many, as of most the sessions may have ended', async () => {
    const { known, letGo, reads } = openList(() => [client('lamp')])
    letGo()
    await Promise.all([known.read(), known.read()])
    known.add(client('fan'))
    await known.read()
    expect(reads()).toBe(1)
    for (let at = 0; at < 10_100; at++) known.add(client(`gone-${at}`))
    await known.read()
    expect(reads()).toBe(2)
    expect(known.mayHave(client('gone-7'))).toBe(false)
    expect(known.mayHave(client('lamp'))).toBe(true)
  })

  it('are not read to be closed, and what is being read ends with its page', async () => {
    const { known, letGo, reads } = openList(() => [])
    await known.close()
    expect(reads()).toBe(0)
    const reading = known.read()
    const closed = known.close()
    letGo()
    await Promise.all([reading, closed])
    expect(reads()).toBe(1)
    expect(known.mayHave(client('bell'))).toBe(true)
  })

  it('are never too few, whatever is added, read, and forgotten in which order', async () => {
    const id = fc.integer({ min: 0, max: 9 }).map(String)
    const step = fc.oneof(
      fc.record({ begin: id }),
      fc.constantFrom('read' as const, 'page' as const, 'silence' as const),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const stored = new Set<string>()
        const { known, letGo, shut } = openList(() => [...stored].map((one) => client(one)))
        const reading: Promise<void>[] = []
        for (const one of steps) {
          if (one === 'read') reading.push(known.read())
          else if (one === 'silence') known.forget()
          else if (one === 'page') {
            letGo()
            await Promise.all(reading)
            shut()
          } else {
            stored.add(one.begin)
            known.add(client(one.begin))
          }
          for (const each of stored) expect(known.mayHave(client(each))).toBe(true)
        }
        letGo()
        await Promise.all(reading)
      }),
    )
  })
})
