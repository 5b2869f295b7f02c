import type * as Iot from '@aws-sdk/client-iot'
import type { Permissions } from '../../api/aws/operations.ts'
import type { ArnScope } from '../../lib/arn.ts'
import { typeArn } from './thing-type.ts'

const onType = ({ thingTypeName }: { thingTypeName: string }, scope: ArnScope) => ({
  resources: [typeArn(scope, thingTypeName)],
})

export const thingTypesPermissions = {
  CreateThingType: onType,
  DescribeThingType: onType,
  ListThingTypes: () => ({ resources: ['*'] }),
  UpdateThingType: onType,
  DeprecateThingType: onType,
  DeleteThingType: onType,
} satisfies Partial<Permissions<typeof Iot>>
