/**
 * Policies and templates: documents in several versions, one of which counts. The destination numbers them itself, so the
 * one that counts is made first: no other ever counts there. The others follow, the oldest first.
 */
import { isDeepStrictEqual } from 'node:util'
import { differences, judge, parsed, renamed, type Tags } from './compare.ts'
import type { End } from './ends.ts'
import { isStep, type Copy, type Item, type KindName, type Step } from './items.ts'
import { planPairs, unread, type Named, type Pair } from './named.ts'
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

export const planVersioned = <Content extends object>(
  kind: VersionedKind<Content>,
  copy: Copy,
): AsyncGenerator<Item> => planPairs(copy, kind.list, (pair) => planOne(kind, copy, pair))

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
    const addTags = addTagsTo(to, known.arn)
    const judged = judge({ ...about, differing, missing: compared.missing }, addTags)
    const bodies = missingVersions(versions, kept)
    if (judged.state === 'in-the-way' || bodies.length === 0) return judged
    return { ...about, ...adding(versioned, to, { name, bodies, others: judged }) }
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
  bodies: readonly string[]
  /** What is to be done beside them. */
  others: Item
}

function adding<Content extends object>(
  { addVersion }: Pick<VersionedKind<Content>, 'addVersion'>,
  to: End,
  { name, bodies, others }: Lacking,
): Doing {
  const versions = `${bodies.length} more versions`
  return {
    state: 'change',
    why: isStep(others) ? `${versions}; ${others.why}` : versions,
    async carryOut() {
      for (const body of bodies) await addVersion(to, name, body)
      if (isStep(others)) await others.carryOut()
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
