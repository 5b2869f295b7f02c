/** Kinds whose resources have a name, tags, and little else: read at both ends, compared, and made where they are absent. */
import type { End } from './ends.ts'
import { textOfFailure } from './call-error.ts'
import { differences, judge, renamed, type Tags } from './compare.ts'
import { inParallel } from './in-parallel.ts'
import type { Copy, Finding, Item, KindName } from './items.ts'
import { addTagsTo, compareTags, readTags } from './tags.ts'

export interface Named {
  name: string
  arn: string
}

/** What of a resource is copied, with AWS's member names, and its tags. */
interface Described<Content extends object> {
  content: Content
  tags: Tags
}

export interface NamedKind<Content extends object> {
  kind: KindName
  list: (end: End) => Promise<readonly Named[]>
  describe: (end: End, name: string) => Promise<Content>
  make: (end: End, name: string, described: Described<Content>) => Promise<void>
  /** Why it is not copied at all. */
  leaveOut?: (content: Content) => string | undefined
  /** How far down in a hierarchy it is at the source. */
  rank?: (from: End, name: string) => Promise<number>
}

/** Of the source, beside what has its name at the destination. */
export interface Pair {
  named: Named
  /** At the destination. */
  known: Named | undefined
}

/** Plans each that is at the source. */
export async function* planPairs(
  { from, to }: Copy,
  list: (end: End) => Promise<readonly Named[]>,
  planOne: (pair: Pair) => Promise<Item>,
): AsyncGenerator<Item> {
  const [here, there] = [await list(from), await list(to)]
  const known = new Map(there.map((named) => [named.name, named]))
  yield* await inParallel(here, (named) => planOne({ named, known: known.get(named.name) }))
}

/** Reads of both ends what is at both. */
export const planNamed = <Content extends object>(
  kind: NamedKind<Content>,
  copy: Copy,
): AsyncGenerator<Item> => planPairs(copy, kind.list, (pair) => planOne(kind, copy, pair))

async function planOne<Content extends object>(
  { kind, describe, make, leaveOut, rank }: NamedKind<Content>,
  { from, to, rename }: Copy,
  { named: { name, arn }, known }: Pair,
): Promise<Item> {
  const about = { kind, name }
  try {
    const content = renamed(await describe(from, name), rename)
    const why = leaveOut?.(content)
    if (why !== undefined) return { ...about, state: 'left-out', why }
    const tags = await readTags(from, arn)
    if (!known)
      return {
        ...about,
        state: 'make',
        ...(rank && { rank: await rank(from, name) }),
        carryOut: () => make(to, name, { content, tags }),
      }
    const compared = compareTags(tags, await readTags(to, known.arn))
    const differing = [...differences(content, await describe(to, name)), ...compared.differing]
    return judge({ ...about, differing, missing: compared.missing }, addTagsTo(to, known.arn))
  } catch (error) {
    return unread(about, error)
  }
}

/** For what could not be read: the rest goes on. @throws what ends all */
export const unread = (about: Pick<Finding, 'kind' | 'name'>, error: unknown): Finding => ({
  ...about,
  state: 'unread',
  why: textOfFailure(error),
})
