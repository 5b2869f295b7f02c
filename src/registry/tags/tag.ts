/** Tags of IoT resources. Source: AWS IoT API Reference, "TagResource"; AWS General Reference, "Tagging". */
import { iotError } from '../../api/aws/errors.ts'

export interface Tag {
  Key: string
  Value: string
}

const maxTags = 50

/**
 * Checks what one request wants to set; a tag without a value has the empty one.
 * @throws {AwsError} `InvalidRequestException` on a key given twice or one that AWS keeps to itself
 */
export function checkNewTags(tags: readonly { Key: string; Value?: string | undefined }[]): Tag[] {
  const keys = new Set<string>()
  for (const { Key } of tags) {
    if (keys.has(Key)) throw iotError('InvalidRequestException', `the tag key "${Key}" is given twice`)
    if (/^aws:/i.test(Key))
      throw iotError('InvalidRequestException', `the tag key "${Key}" begins with "aws:", which AWS reserves`)
    keys.add(Key)
  }
  return tags.map(({ Key, Value }) => ({ Key, Value: Value ?? '' }))
}

/** @throws {AwsError} `LimitExceededException` when the resource would have more than fifty tags */
export function checkTagCount(existing: readonly Tag[], added: readonly Tag[]): void {
  const count = new Set([...existing, ...added].map(({ Key }) => Key)).size
  if (count > maxTags)
    throw iotError('LimitExceededException', `a resource has at most ${maxTags} tags; it would have ${count}`)
}
