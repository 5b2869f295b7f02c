/** Nodes are replaced by those of a later version, one after another, while clients go on: a copy of the checkout that says it is later. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { targetOf } from '../../src/cli/running-server.ts'
import { signedRequest } from '../../src/cli/signed-request.ts'
import { busKeyOf, openBus, type Bus } from '../../src/fabric/cluster/bus.ts'
import { openQuestions } from '../../src/fabric/cluster/questions.ts'
import type { ClusterReport } from '../../src/server/cluster-route.ts'
import { isClusterAbsent, openCluster, type TestCluster } from '../helpers/cluster.ts'
import { listen } from '../helpers/device.ts'
import { runMuster } from '../helpers/muster.ts'
import { makeOtherVersion } from '../helpers/other-version.ts'
import { asOwner } from '../helpers/postgres/databases.ts'
import type { ServerProcess } from '../helpers/server.ts'
import { nodeNames, runKillLoop } from './kill-loop.ts'
import { readAlong } from './read-along.ts'

const log = { warn() {}, error() {} } as never

/** Forms of the frames that nodes send, by whoever has the address of each. */
async function follow(cluster: TestCluster, stack: AsyncDisposableStack): Promise<Set<number>> {
  const forms = new Set<number>()
  for (const nodeName of nodeNames)
    stack.use(await readAlong(cluster, nodeName, ([form = 0]) => void forms.add(form)))
  return forms
}

const programIn = (checkout: string): string => join(checkout, 'bin/muster.js')

const versionsAt = async (node: ServerProcess): Promise<string[]> => {
  const request = { service: 'muster', method: 'GET', path: '/muster/v1/cluster' } as const
  const { nodes } = (await signedRequest(targetOf(node), request)) as ClusterReport
  return nodes.map(({ nodeName, version }) => `${nodeName} ${version}`)
}

/** A frame as nodes send it, of one entry. */
function frameOf(form: number, content: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  return Buffer.concat([Buffer.of(form), length, content])
}

describe.skipIf(isClusterAbsent())('nodes of two versions', () => {
  let cluster: TestCluster
  let later: string
  let bus: Bus

  beforeAll(async () => {
    cluster = await openCluster()
    later = join(cluster.directory, 'later')
    makeOtherVersion(later, { version: '0.2.0', wire: { from: 2, to: 3 } })
    const key = busKeyOf(readFileSync(cluster.keyFile))
    bus = await openBus({ url: cluster.nats, key, nodeName: 'of-tomorrow', log })
  })
  afterAll(async () => {
    await bus?.[Symbol.asyncDispose]()
    await cluster?.[Symbol.asyncDispose]()
  })

  async function passBetween(nodes: ServerProcess[]): Promise<void> {
    await using one = await listen(nodes[0]!, 'foo/both', `one-${versions++}`)
    await using other = await listen(nodes[1]!, 'foo/both', `other-${versions++}`)
    await one.client.publishAsync('foo/both', 'from one', { qos: 1 })
    await other.client.publishAsync('foo/both', 'from other', { qos: 1 })
    for (const listener of [one, other])
      expect((await listener.atLeast(2)).map(({ payload }) => payload.toString()).toSorted()).toEqual([
        'from one',
        'from other',
      ])
  }
  let versions = 0

  /** Words, questions, entries, and changes of a version that is not written yet. */
  async function sayWhatNobodyKnows(): Promise<void> {
    bus.tell({ kind: 'of-tomorrow' as 'changed', nodeName: 'a', epoch: 1, seq: Number.MAX_SAFE_INTEGER })
    for (const name of nodeNames) {
      bus.sendFrame(frameOf(2, Buffer.from('\xffan entry of a kind that nobody knows', 'latin1')), name)
      bus.sendFrame(frameOf(9, Buffer.from('in another form')), name)
    }
    for (const name of nodeNames)
      expect(await openQuestions(bus, log).ask(name, 'of-tomorrow', {}, 60_000)).toBeUndefined()
    await asOwner(cluster.database, async (client) => {
      const insert = `insert into changes (account_id, kind, id, node_name, changed_at)
        values ('000000000000', 'of-tomorrow', 'x', 'of-tomorrow', extract(epoch from now()) * 1000) returning seq`
      const { rows } = await client.query<{ seq: string }>(insert)
      const taken = async () =>
        (await client.query('select node_name from nodes where taken_seq >= $1', [rows[0]?.seq])).rowCount
      await expect.poll(taken).toBe(2)
    })
  }

  it('replace each other without a loss, pass over what they do not know, and speak the new form once all do', async () => {
    const replaced = new Set<string>()
    const rolling: TestCluster = {
      ...cluster,
      startNode: (name, more, environment) =>
        cluster.startNode(name, more, environment, replaced.has(name) ? programIn(later) : undefined),
    }
    await using stack = new AsyncDisposableStack()
    const forms = await follow(cluster, stack)
    const replace = async (nodes: ServerProcess[], at: number): Promise<string> => {
      const [name, before] = [nodeNames[at]!, nodes[at]!]
      replaced.add(name)
      const drain = ['cluster', 'drain', '--node', name, '--data-dir', before.dataDir]
      expect(await runMuster(drain, { directory: cluster.directory })).toMatchObject({ code: 0 })
      await expect.poll(() => nodes[at] !== before).toBe(true)
      await passBetween(nodes)
      if (at === 1) return `replaced ${name}`
      expect(await versionsAt(nodes[1]!)).toEqual(['a 0.2.0', 'b 0.1.0'])
      await sayWhatNobodyKnows()
      await passBetween(nodes)
      expect(forms).toEqual(new Set([2, 9])) // the last is what nobody knows
      expect(nodes[1]!.output()).toContain('messages of another node are of another version')
      return `replaced ${name}`
    }
    const outcome = await runKillLoop({
      cluster: rolling,
      disturb: replace,
      kills: 2,
      subscribers: 2,
      publishers: 2,
    })
    expect(outcome).toMatchObject({ missing: [], outOfOrder: [], absentSessions: 0 })
    expect(forms).toEqual(new Set([2, 9, 3]))
  })

  it('that have no form in common are not let in beside each other, and hear whom to stop', async () => {
    const tooLate = join(cluster.directory, 'too-late')
    makeOtherVersion(tooLate, { version: '0.3.0', wire: { from: 3, to: 4 } })
    await using _a = await cluster.startNode('a')
    await expect(cluster.startNode('c', {}, {}, programIn(tooLate))).rejects.toThrow(
      'nodes that are running and this version, 0.3.0, do not understand each other: stop a (Muster 0.1.0) first',
    )
  })
})
