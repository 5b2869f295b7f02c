import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { openTestStore } from '../../../test/helpers/store.ts'
import type { NodeStore, Store } from '../../store/index.ts'
import { createLocalFabric, type Change } from '../in-process/index.ts'
import { Acknowledgements } from './acknowledgements.ts'
import { openChanges } from './changes.ts'
import { joinNode, listChangesAfter, newestSeq } from './store.ts'
import { ownWire } from './wire.ts'

let store: Store
let epoch: number
beforeAll(async () => {
  store = await openTestStore()
  const joining = { nodeName: 'b', version: '1.0.0', wire: ownWire, leaseMs: 600_000 }
  const joined = await store.transact((db) => joinNode(db, joining))
  epoch = 'epoch' in joined ? joined.epoch : 0
})
afterAll(() => store[Symbol.asyncDispose]())

let before: number
beforeEach(async () => void (before = await newestSeq(store.read)))

const changeOf = (id: string): Change => ({ accountId: '000000000000', kind: 'thing', id })

/** The node `a`, beside `b`. `commit` is of a batch whose works changed that. */
function open() {
  const [told, log]: [number[], string[]] = [[], []]
  const acknowledgements = new Acknowledgements()
  const local = createLocalFabric()
  let write: Parameters<NodeStore['noteChanges']>[0] | undefined
  const node = { ...store, noteChanges: (given) => void (write = given) } as NodeStore
  const tell = (seq: number) => void told.push(seq)
  const announce = openChanges({ store: node, local, nodeName: 'a', acknowledgements, tell })
  const commit = async (...ids: string[]) => {
    const committed = await store.transact((db) => write!(db, ids.map(changeOf)))
    committed()
  }
  const taken = (seq: number) => acknowledgements.taken({ nodeName: 'b', epoch, seq })
  const announced = (...ids: string[]) =>
    announce(...ids.map(changeOf)).then(() => void log.push(`${ids.join()} announced`))
  return { announced, commit, log, taken, told }
}

const written = async () => (await listChangesAfter(store.read, before, 10)).map(({ id }) => id)

it('writes a row for each that the works of a batch changed, and tells of the last one alone', async () => {
  const { commit, told } = open()
  await commit('lamp', 'pump', 'lamp')
  expect(await written()).toEqual(['lamp', 'pump'])
  expect(told).toEqual([before + 2])
})

it('is done with an announcement once the other node has taken in what was committed with it', async () => {
  const { announced, commit, log, taken } = open()
  await commit('lamp', 'pump')
  const lamp = announced('lamp')
  taken(before + 1)
  await announced() // of nothing
  expect(log).toEqual([' announced'])
  taken(before + 2)
  await Promise.all([lamp, announced('pump')])
  expect(log.slice(1)).toEqual(['lamp announced', 'pump announced'])
  expect(await written()).toEqual(['lamp', 'pump'])
})

it('announces as often as works changed it, without writing it down again', async () => {
  const { announced, commit, taken } = open()
  await commit('lamp', 'lamp')
  await commit('lamp')
  taken(before + 2)
  for (let times = 0; times < 3; times++) await announced('lamp')
  expect(await written()).toEqual(['lamp', 'lamp'])
})

it('writes down what no transaction has, and waits for the later of both', async () => {
  const { announced, commit, taken, told } = open()
  await commit('lamp')
  const both = announced('lamp', 'pump')
  await expect.poll(() => told).toEqual([before + 1, before + 2])
  taken(before + 2)
  await both
  expect(await written()).toEqual(['lamp', 'pump'])
})
