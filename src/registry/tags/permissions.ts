import type * as Iot from '@aws-sdk/client-iot'
import type { Permissions } from '../../api/aws/operations.ts'

export const tagsPermissions = {
  TagResource: ({ resourceArn }) => ({ resources: [resourceArn] }),
  UntagResource: ({ resourceArn }) => ({ resources: [resourceArn] }),
  ListTagsForResource: ({ resourceArn }) => ({ resources: [resourceArn] }),
} satisfies Partial<Permissions<typeof Iot>>
