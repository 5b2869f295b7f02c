/** What this node changes, so that all nodes hear of it: written down with the change itself, then announced. */
import type { Change, Fabric } from '../in-process/index.ts'
import type { NodeStore, NotedChange } from '../../store/index.ts'
import { once } from '../../lib/once.ts'
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

/** What one commit changed. */
interface Committed {
  /** The number of its last row. */
  seq: number
  /** Who was a member some time after the rows were there: who joins later reads what they say. */
  members: () => Promise<readonly Member[]>
}

interface Noted {
  committed: Committed
  /** How many announcements of it are to come. */
  announcements: number
}

/** Of those whose announcements are to come; what is forgotten is written down again. */
const maxNoted = 10_000

const nameOf = ({ accountId, kind, id }: NotedChange): string => `${accountId} ${kind} ${id}`

/** Gives what announces to all nodes. From now on the store writes down what its transactions change. */
export function openChanges(deps: ChangesDeps): Fabric['announce'] {
  const { store, local, nodeName, acknowledgements, tell } = deps
  const noted = new RecentMap<Noted>(maxNoted)

  function toCommitted(seq: number): Committed {
    tell(seq)
    return { seq, members: once(() => listMembers(store.read)) }
  }

  store.noteChanges(async (db, changes) => {
    const byName = Map.groupBy(changes, nameOf)
    const different = [...byName.values()].flatMap((same) => same.slice(0, 1))
    const seq = await insertChanges(db, nodeName, different)
    return () => {
      const committed = toCommitted(seq)
      for (const [name, { length }] of byName)
        noted.set(name, { committed, announcements: (noted.get(name)?.announcements ?? 0) + length })
    }
  })

  function takeNoted(change: Change): Committed | undefined {
    const name = nameOf(change)
    const known = noted.get(name)
    if (known && --known.announcements === 0) noted.delete(name)
    return known?.committed
  }

  /** The last commit of any of them. */
  async function findCommit(changes: readonly Change[]): Promise<Committed> {
    const known = changes.map(takeNoted)
    const left = changes.filter((_, at) => !known[at]) // no transaction has written them down
    const writeLeft = () => store.transact((db) => insertChanges(db, nodeName, left))
    if (left.length > 0) known.push(toCommitted(await writeLeft()))
    const commits = known.filter((commit) => commit !== undefined)
    return commits.reduce((last, commit) => (commit.seq > last.seq ? commit : last))
  }

  return async function announce(...changes) {
    if (changes.length === 0) return
    const [, { seq, members }] = await Promise.all([local.announce(...changes), findCommit(changes)])
    const isLeft = (member: Member) => member.nodeName !== nodeName && member.isAlive && member.takenSeq < seq
    await acknowledgements.all(seq, (await members()).filter(isLeft))
  }
}
