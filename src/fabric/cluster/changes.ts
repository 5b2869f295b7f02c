/** What this node changes, so that all nodes hear of it: written down with the change itself, then announced. */
import type { Change, Fabric } from '../in-process/index.ts'
import type { Db, NodeStore, NotedChange, Store } from '../../store/index.ts'
import { RecentMap } from '../../lib/recent-map.ts'
import type { Acknowledgements } from './acknowledgements.ts'
import { insertChanges, listMembers, type Member } from './store.ts'

export interface ChangesDeps {
  store: NodeStore
  local: Fabric
  nodeName: string
  acknowledgements: Acknowledgements
  /** There are changes up to this one. */
  tell: (seq: number) => void
}

export interface Changes {
  transact: Store['transact']
  announce: Fabric['announce']
}

/** Of those whose announcements are to come; what is forgotten is written down again. */
const maxNoted = 10_000

const nameOf = ({ accountId, kind, id }: NotedChange): string => `${accountId} ${kind} ${id}`

/** Of changes that no transaction has written down. */
const noteNow = ({ store, nodeName }: ChangesDeps, changes: readonly Change[]) =>
  store.transact((db) => insertChanges(db, nodeName, changes))

export function openChanges(deps: ChangesDeps): Changes {
  const { store, local, nodeName, acknowledgements, tell } = deps
  /** By change: the number of the row that a transaction wrote of it, until it is announced. */
  const noted = new RecentMap<number>(maxNoted)

  const note = async (db: Db, changes: readonly NotedChange[]) => {
    const seq = await insertChanges(db, nodeName, changes)
    return () => {
      for (const change of changes) noted.set(nameOf(change), seq)
      tell(seq)
    }
  }

  const transact: Store['transact'] = async (work, changesOf, apart) => {
    if (!changesOf) return store.transact(work, undefined, apart)
    let remember: (() => void) | undefined
    const noting = async (db: Db) => {
      const done = await work(db)
      const changes = changesOf(done)
      if (changes.length > 0) remember = await note(db, changes)
      return done
    }
    const value = await store.transact(noting, undefined, apart)
    remember?.()
    return value
  }

  async function announce(...changes: Change[]): Promise<void> {
    if (changes.length === 0) return
    const [, seq] = await Promise.all([local.announce(...changes), seqOf(changes)])
    tell(seq)
    // who joins after the row was there reads what it says
    const members = await listMembers(store.read)
    const isLeft = (member: Member) => member.nodeName !== nodeName && member.isAlive && member.takenSeq < seq
    await acknowledgements.all(seq, members.filter(isLeft))
  }

  async function seqOf(changes: readonly Change[]): Promise<number> {
    const known = changes.map((change) => noted.get(nameOf(change)))
    for (const change of changes) noted.delete(nameOf(change))
    const left = changes.filter((_, at) => known[at] === undefined)
    const own = Math.max(0, ...known.map((seq) => seq ?? 0))
    return left.length > 0 ? Math.max(own, await noteNow(deps, left)) : own
  }

  return { transact, announce }
}
