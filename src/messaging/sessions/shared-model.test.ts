/** A shared group whose members come, go, and acknowledge in any order. */
import { equal, ok } from 'node:assert/strict'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  openTestSessions,
  subscribe,
  turns,
  type Run,
  type Sent,
  type TestClient,
  type TestSessions,
} from './testing/test-sessions.ts'

type Command =
  | { kind: 'publish'; count: number }
  | { kind: 'acknowledge' | 'join' | 'leave'; who: number }
  | { kind: 'rest' | 'crash' }

const who = fc.nat(2)
const commandArbitrary: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('publish' as const), count: fc.integer({ min: 1, max: 9 }) }),
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('acknowledge' as const), who }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('join' as const), who }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('leave' as const), who }) },
  { weight: 5, arbitrary: fc.constant({ kind: 'rest' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'crash' as const }) },
)

const filter = '$share/group/a'

interface Member {
  client: TestClient
  /** How many of what it was sent have been looked at. */
  taken: number
  /** Not acknowledged. */
  open: Sent[]
}

class Group {
  readonly #test: TestSessions
  readonly #hasCleanMember: boolean
  readonly #connected = new Map<number, Member>()
  readonly #accepted = new Set<string>()
  /** By text: who got it. */
  readonly #seen = new Map<string, number>()
  #run: Run
  #next = 0

  constructor(test: TestSessions, run: Run, hasCleanMember: boolean) {
    this.#test = test
    this.#run = run
    this.#hasCleanMember = hasCleanMember
  }

  async run(next: Command): Promise<void> {
    if (next.kind === 'publish') for (let count = 0; count < next.count; count++) this.#publish()
    if (next.kind === 'acknowledge') this.#acknowledge(next.who)
    if (next.kind === 'join') await this.join(next.who)
    if (next.kind === 'leave') this.#leave(next.who)
    if (next.kind === 'rest') await turns()
    if (next.kind === 'crash' && !this.#hasCleanMember) await this.#crash()
    this.#take()
  }

  async join(index: number): Promise<void> {
    this.#leave(index)
    const isCleanStart = this.#hasCleanMember && index === 2
    const client = await this.#run.connect(`member-${index}`, { window: 3, isCleanStart })
    this.#connected.set(index, { client, taken: 0, open: [] })
    if (!client.session.hasSubscription(filter)) await subscribe(client, filter)
  }

  async finish(): Promise<void> {
    for (const index of [0, 1, 2]) if (!this.#connected.has(index)) await this.join(index)
    for (let idle = 0; idle < 3;) {
      this.#run.sessions.sweep()
      await this.#test.rest()
      this.#take()
      const open = [...this.#connected.values()].reduce((sum, one) => sum + one.open.length, 0)
      idle = open === 0 ? idle + 1 : 0
      for (const index of this.#connected.keys()) while (this.#acknowledge(index));
    }
    for (const text of this.#accepted) ok(this.#seen.has(text), `${text} never came`)
    const left = await this.#test.store.read.selectFrom('session_messages').select('seq').execute()
    equal(left.length, 0, 'messages are left behind')
  }

  #publish(): void {
    const text = String(this.#next++)
    const run = this.#run
    const accept = () => void (run === this.#run && this.#accepted.add(text))
    const durable = run.publish('a', text)
    if (durable) durable.then(accept, () => {})
    else accept()
    this.#take()
  }

  #acknowledge(index: number): boolean {
    const member = this.#connected.get(index)
    const sent = member?.open.shift()
    if (!sent) return false
    member?.client.session.answer('puback', sent.packetId)
    return true
  }

  #leave(index: number): void {
    this.#take()
    const member = this.#connected.get(index)
    if (!member) return
    this.#forget(index, member)
    member.client.disconnect()
    this.#take()
  }

  /** What a clean member leaves may go to any other, as new. */
  #forget(index: number, { client, taken, open }: Member): void {
    this.#connected.delete(index)
    for (const { text } of [...open, ...client.sent.slice(taken)])
      if (!client.session.isPersistent) this.#seen.delete(text)
  }

  #take(): void {
    for (const [index, member] of this.#connected) {
      if (member.client.hasGivenUp()) this.#forget(index, member)
    }
    for (const [index, member] of this.#connected) {
      for (const sent of member.client.sent.slice(member.taken)) {
        const holder = this.#seen.get(sent.text)
        if (holder !== undefined) ok(holder === index && sent.isDuplicate, `${sent.text} came twice`)
        this.#seen.set(sent.text, index)
        member.open.push(sent)
      }
      member.taken = member.client.sent.length
    }
  }

  async #crash(): Promise<void> {
    this.#take()
    this.#run.crash()
    this.#connected.clear()
    this.#run = await this.#test.start({ sessionPageSize: 4 })
    await this.#test.rest()
  }
}

it.each([
  ['when the server is killed', false],
  ['when one of them is clean', true],
])('gives every message to one member of a group, also %s', async (_title, hasCleanMember) => {
  await using test = await openTestSessions()
  const holds = fc.assert(
    fc.asyncProperty(fc.array(commandArbitrary, { maxLength: 40 }), async (commands) => {
      const run = await test.start({ sessionPageSize: 4 })
      for (const index of [0, 1, 2]) {
        const clean = await run.connect(`member-${index}`, { isCleanStart: true })
        clean.disconnect()
      }
      const group = new Group(test, run, hasCleanMember)
      await group.join(0)
      for (const command of commands) await group.run(command)
      await group.finish()
    }),
    { numRuns: 200 },
  )
  await expect(holds).resolves.toBeUndefined()
})
