import type * as Iot from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import type { CallContext, Operations } from '../../api/aws/operations.ts'
import { commitChanges, type Fabric } from '../../fabric/in-process/index.ts'
import { parseArn } from '../../lib/arn.ts'
import type { Db, Store } from '../../store/index.ts'
import { deleteTags, listTags, setTags } from './store.ts'

interface TagsDeps {
  store: Store
  fabric: Pick<Fabric, 'announce'>
  /** Whether there is such a resource, of a kind that AWS lets one tag. */
  resourceExists: (db: Db, accountId: string, resourceArn: string) => Promise<boolean>
}

export function tagsOperations({ store, fabric, resourceExists }: TagsDeps) {
  const checkResource = async (db: Db, resourceArn: string, context: CallContext) => {
    checkArn(resourceArn, context)
    if (await resourceExists(db, context.accountId, resourceArn)) return
    throw iotError('ResourceNotFoundException', `there is no resource ${resourceArn} that can be tagged`)
  }
  /** Options of CA certificates ride on their tags: who keeps them hears of the change. */
  const commit = (resourceArn: string, { accountId }: CallContext, work: (db: Db) => Promise<void>) => {
    const [kind, id] = parseArn(resourceArn)?.resource.split('/') ?? []
    const isCa = kind === 'cacert' && id !== undefined
    return commitChanges(
      { store, fabric },
      () => (isCa ? [{ accountId, kind: 'ca-certificate', id }] : []),
      work,
    )
  }
  return {
    async TagResource({ resourceArn, tags }, context) {
      await commit(resourceArn, context, async (db) => {
        await checkResource(db, resourceArn, context)
        await setTags(db, context.accountId, resourceArn, tags)
      })
    },

    async UntagResource({ resourceArn, tagKeys }, context) {
      await commit(resourceArn, context, async (db) => {
        await checkResource(db, resourceArn, context)
        await deleteTags(db, context.accountId, resourceArn, tagKeys)
      })
    },

    // At most fifty tags, so there is never a second page.
    async ListTagsForResource({ resourceArn }, context) {
      await checkResource(store.read, resourceArn, context)
      return { tags: await listTags(store.read, context.accountId, resourceArn) }
    },
  } satisfies Partial<Operations<typeof Iot>>
}

function checkArn(resourceArn: string, { accountId, region }: CallContext): void {
  const arn = parseArn(resourceArn)
  if (arn?.service === 'iot' && arn.accountId === accountId && arn.region === region) return
  throw iotError(
    'InvalidRequestException',
    `resourceArn must begin with arn:aws:iot:${region}:${accountId}:, it is "${resourceArn.slice(0, 200)}"`,
  )
}
