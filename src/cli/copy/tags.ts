/** Tags of resources, among them the `muster:` options of a CA. */
import { paginateListTagsForResource, TagResourceCommand, type Tag } from '@aws-sdk/client-iot'
import type { Tags } from './compare.ts'
import type { End } from './ends.ts'

/** Without those that AWS itself sets: nobody else may. */
export async function readTags({ iot: client }: End, resourceArn: string): Promise<Tags> {
  const tags = new Map<string, string>()
  for await (const page of paginateListTagsForResource({ client }, { resourceArn }))
    for (const { Key = '', Value = '' } of page.tags ?? []) if (!Key.startsWith('aws:')) tags.set(Key, Value)
  return tags
}

const toTagList = (tags: Tags): Tag[] => [...tags].map(([Key, Value]) => ({ Key, Value }))

/** Absent for none, as the operations want it. */
export const tagsMember = (tags: Tags) => (tags.size === 0 ? {} : { tags: toTagList(tags) })

/** Tags of one key and two values differ; the others are added. */
export function compareTags(source: Tags, destination: Tags) {
  const differing = [...source].filter(([key, value]) => (destination.get(key) ?? value) !== value)
  const missing = new Map([...source].filter(([key]) => !destination.has(key)))
  return { differing: differing.map(([key]) => `the tag ${key}`), missing }
}

export const addTagsTo =
  ({ iot }: End, resourceArn: string) =>
  async (tags: Tags): Promise<void> =>
    void (await iot.send(new TagResourceCommand({ resourceArn, tags: toTagList(tags) })))
