/**
 * Policies and templates: documents in several versions, one of which counts. The destination numbers them itself, so the
 * one that counts is made first: no other ever counts there. The others follow, the oldest first.
 */
import { isDeepStrictEqual } from 'node:util'
import { differences, parsed, renamed, type Tags } from './compare.ts'
import type { End } from './ends.ts'
import { inParallel } from './in-parallel.ts'
import type { Copy, Item, KindName, Step } from './items.ts'
import { unread, type Named } from './named.ts'
import { addTagsTo, compareTags, readTags } from './tags.ts'

interface Version {
  /** The document. */
  body: string
  isDefault: boolean
}

export interface VersionedKind<Content extends object> {
  kind: KindName
  list: (end: End) => Promise<readonly Named[]>
  /** What there is beside the versions. */
  describe: (end: End, name: string) => Promise<Content>
  /** The oldest first. */
  readVersions: (end: End, name: string) => Promise<Version[]>
  make: (end: End, name: string, first: { content: Content; body: string; tags: Tags }) => Promise<void>
  addVersion: (end: End, name: string, body: string) => Promise<void>
}

export async function* planVersioned<Content extends object>(
  kind: VersionedKind<Content>,
  copy: Copy,
): AsyncGenerator<Item> {
  const [here, there] = [await kind.list(copy.from), await kind.list(copy.to)]
  const known = new Map(there.map((named) => [named.name, named]))
  yield* await inParallel(here, (named) => planOne(kind, copy, { named, known: known.get(named.name) }))
}

interface Pair {
  named: Named
  /** At the destination. */
  known: Named | undefined
}

async function planOne<Content extends object>(
  versioned: VersionedKind<Content>,
  copy: Copy,
  { named: { name, arn }, known }: Pair,
): Promise<Item> {
  const about = { kind: versioned.kind, name }
  const { from, to, rename } = copy
  try {
    const content = renamed(await versioned.describe(from, name), rename)
    const versions = renamed(await versioned.readVersions(from, name), rename)
    const tags = await readTags(from, arn)
    if (!known) return { ...about, ...making(versioned, to, { name, content, versions, tags }) }
    const kept = await versioned.readVersions(to, name)
    const compared = compareTags(tags, await readTags(to, known.arn))
    const differing = [
      ...differences(content, await versioned.describe(to, name)),
      ...(isDeepStrictEqual(defaultOf(versions), defaultOf(kept)) ? [] : ['the version that counts']),
      ...compared.differing,
    ]
    if (differing.length > 0)
      return { ...about, state: 'in-the-way', why: `what is there differs in ${differing.join(', ')}` }
    const lacking = { bodies: missingVersions(versions, kept), tags: compared.missing }
    if (lacking.bodies.length === 0 && lacking.tags.size === 0) return { ...about, state: 'same' }
    return { ...about, ...adding(versioned, to, { ...lacking, name, arn: known.arn }) }
  } catch (error) {
    return unread(about, error)
  }
}

type Doing = Pick<Step, 'state' | 'why' | 'carryOut'>

interface Whole<Content> {
  name: string
  content: Content
  versions: readonly Version[]
  tags: Tags
}

function making<Content extends object>(
  { make, addVersion }: VersionedKind<Content>,
  to: End,
  { name, content, versions, tags }: Whole<Content>,
): Doing {
  const count = versions.length
  return {
    state: 'make',
    ...(count > 1 && { why: `${count} versions` }),
    async carryOut() {
      const first = versions.find(({ isDefault }) => isDefault) ?? versions[0]
      await make(to, name, { content, body: first?.body ?? '', tags })
      for (const version of versions) if (version !== first) await addVersion(to, name, version.body)
    },
  }
}

interface Lacking {
  name: string
  arn: string
  bodies: readonly string[]
  tags: Tags
}

function adding<Content extends object>(
  { addVersion }: Pick<VersionedKind<Content>, 'addVersion'>,
  to: End,
  { name, arn, bodies, tags }: Lacking,
): Doing {
  const what = [
    ...(bodies.length > 0 ? [`${bodies.length} more versions`] : []),
    ...(tags.size > 0 ? [`tags: ${[...tags.keys()].join(', ')}`] : []),
  ]
  return {
    state: 'change',
    why: what.join('; '),
    async carryOut() {
      for (const body of bodies) await addVersion(to, name, body)
      if (tags.size > 0) await addTagsTo(to, arn)(tags)
    },
  }
}

const defaultOf = (versions: readonly Version[]) => parsed(versions.find(({ isDefault }) => isDefault)?.body)

/** A document may be there in two versions: each is counted. */
function missingVersions(versions: readonly Version[], kept: readonly Version[]): string[] {
  const left = kept.map(({ body }) => parsed(body))
  return versions
    .filter(({ body }) => {
      const document = parsed(body)
      const found = left.findIndex((other) => isDeepStrictEqual(other, document))
      if (found >= 0) left.splice(found, 1)
      return found < 0
    })
    .map(({ body }) => body)
}
