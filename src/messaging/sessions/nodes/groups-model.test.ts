/** A shared group of two nodes whose members come, go, acknowledge, and move in any order, while nodes are killed. */
import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { createTestNodes, killNode, type TestNodes } from '../testing/test-nodes.ts'
import {
  openTestSessions,
  subscribe,
  turns,
  type Run,
  type TestClient,
  type TestSessions,
} from '../testing/test-sessions.ts'

type Command =
  | { kind: 'publish'; at: number; count: number }
  | { kind: 'join'; at: number; who: number }
  | { kind: 'acknowledge' | 'leave'; who: number }
  | { kind: 'kill' | 'fault'; at: number }
  | { kind: 'sweep' | 'rest' }

const at = fc.nat(1)
/** The first is the one whose session is kept. */
const who = fc.nat(2)
const isKept = (member: number) => member === 0
const commandOf = (mishapWeight: number): fc.Arbitrary<Command> =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('publish' as const),
        at,
        count: fc.integer({ min: 1, max: 6 }),
      }),
    },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('acknowledge' as const), who }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('join' as const), at, who }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('leave' as const), who }) },
    { weight: 3, arbitrary: fc.constant({ kind: 'rest' as const }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'sweep' as const }) },
    {
      weight: mishapWeight,
      arbitrary: fc.record({ kind: fc.constantFrom('kill' as const, 'fault' as const), at }),
    },
  )

const names = ['a', 'b'] as const
/** What has not come by then does not come; no longer, since a failure is tried again and again to be made smaller. */
const patienceOfOneMs = 30_000

class Fleet {
  readonly #test: TestSessions
  readonly #nodes: TestNodes = createTestNodes()
  readonly #runs: Run[] = []
  readonly #clients = new Map<number, { client: TestClient; at: number; looked: number }>()
  /** By text: how often a client was known to have it. */
  readonly acknowledged = new Map<string, number>()
  readonly #published: Promise<unknown>[] = []
  /** Their publishers were told that they are kept. */
  readonly #accepted = new Set<string>()
  #next = 0
  #turn = 0

  constructor(test: TestSessions) {
    this.#test = test
  }

  async open(): Promise<void> {
    for (const place of names.keys()) await this.#start(place)
    await this.#join(0, 0)
    this.#leave(0)
  }

  async #start(place: number): Promise<void> {
    const random = () => (this.#turn = (this.#turn + 0.37) % 1)
    this.#runs[place] = await this.#test.start({ node: this.#nodes.join(names[place] ?? ''), random })
  }

  async take(command: Command): Promise<void> {
    if (command.kind === 'publish')
      for (let count = 0; count < command.count; count++) this.#publish(command.at)
    else if (command.kind === 'join') await this.#join(command.who, command.at)
    else if (command.kind === 'leave') this.#leave(command.who)
    else if (command.kind === 'acknowledge') this.#acknowledge(command.who)
    else if (command.kind === 'kill') await this.#kill(command.at)
    else if (command.kind === 'fault') await this.#fault(command.at)
    else if (command.kind === 'sweep') for (const run of this.#runs) run.sessions.sweep()
    else await turns()
  }

  #publish(place: number): void {
    const text = String(this.#next++)
    const sent = Promise.resolve(this.#runs[place]?.publish('x', text))
    const accept = () => void this.#accepted.add(text)
    this.#published.push(sent.then(accept, () => {}))
  }

  async #join(member: number, place: number): Promise<void> {
    const run = this.#runs[place]
    if (!run) return
    const isTakenOver = isKept(member) && this.#clients.get(member)?.at !== place
    if (isTakenOver) this.#clients.delete(member)
    else this.#leave(member)
    const client = await run.connect(`member-${member}`, { window: 4, isCleanStart: !isKept(member) })
    if (!client.session.hasSubscription('$share/group/x')) await subscribe(client, '$share/group/x')
    this.#clients.set(member, { client, at: place, looked: 0 })
  }

  #leave(member: number): void {
    this.#clients.get(member)?.client.disconnect()
    this.#clients.delete(member)
  }

  #acknowledge(member: number): void {
    const known = this.#clients.get(member)
    if (!known) return
    const { sent } = known.client
    known.client.acknowledgeAll() // also what leaves meanwhile
    for (; known.looked < sent.length; known.looked++) {
      const text = sent[known.looked]?.text ?? ''
      this.acknowledged.set(text, (this.acknowledged.get(text) ?? 0) + 1)
    }
  }

  /** What its publishers were told is in the database; nobody else was promised anything. */
  async #kill(place: number): Promise<void> {
    await Promise.all(this.#published)
    const name = names[place] ?? ''
    await killNode(name, { run: this.#runs[place], test: this.#test, nodes: this.#nodes })
    for (const [member, known] of this.#clients) if (known.at === place) this.#clients.delete(member)
    await this.#start(place)
  }

  /** For a while nothing can be written. */
  async #fault(place: number): Promise<void> {
    this.#runs[place]?.breakDisk()
    await turns()
    this.#runs[place]?.breakDisk(false)
  }

  /** Everybody acknowledges until there is nothing left; resolves with what nobody got. */
  async finish(): Promise<string[]> {
    await this.#join(0, 1)
    await Promise.all(this.#published)
    const lost = () => [...this.#accepted].filter((text) => !this.acknowledged.has(text))
    const look = () => {
      for (const run of this.#runs) run.sessions.sweep()
      for (const member of [0, 1, 2]) this.#acknowledge(member)
      if (lost().length > 0) throw new Error('they may be on their way')
    }
    await vi.waitFor(look, { timeout: patienceOfOneMs }).catch(() => {})
    return lost()
  }

  async close(): Promise<void> {
    for (const run of this.#runs) await run.stop()
  }
}

/** What became of the messages; `left`: of rows in the database. */
async function tryOut(commands: readonly Command[]) {
  await using test = await openTestSessions()
  const fleet = new Fleet(test)
  await fleet.open()
  for (const command of commands) await fleet.take(command)
  const lost = await fleet.finish()
  await fleet.close()
  const left = await test.store.read.selectFrom('group_messages').selectAll().execute()
  const repeated = [...fleet.acknowledged].filter(([, count]) => count > 1)
  return { lost, left: left.length, repeated }
}

it('gives each message to one member, however they come and go', async () => {
  const property = fc.asyncProperty(fc.array(commandOf(0), { maxLength: 40 }), async (commands) => {
    expect(await tryOut(commands)).toEqual({ lost: [], left: 0, repeated: [] })
  })
  await fc.assert(property, { numRuns: 30 })
})

it('loses none that was acknowledged when nodes are killed, or cannot write for a while', async () => {
  const property = fc.asyncProperty(fc.array(commandOf(2), { maxLength: 40 }), async (commands) => {
    expect(await tryOut(commands)).toMatchObject({ lost: [], left: 0 })
  })
  await fc.assert(property, { numRuns: 30 })
})
