import type * as Iot from '@aws-sdk/client-iot'
import type { Permissions } from '../../api/aws/operations.ts'
import type { ArnScope } from '../../lib/arn.ts'
import { thingArn } from './thing.ts'

const onThing = ({ thingName }: { thingName: string }, scope: ArnScope) => ({
  resources: [thingArn(scope, thingName)],
})

const onEverything = () => ({ resources: ['*'] })

export const thingsPermissions = {
  CreateThing: onThing,
  DescribeThing: onThing,
  UpdateThing: onThing,
  DeleteThing: onThing,
  ListThings: onEverything,
  AttachThingPrincipal: onEverything, // no resource type: policies grant it on `*`
  DetachThingPrincipal: onEverything,
  ListThingPrincipals: onThing,
  ListThingPrincipalsV2: (input, scope) => ({ action: 'iot:ListThingPrincipals', ...onThing(input, scope) }),
  ListPrincipalThings: onEverything,
  ListPrincipalThingsV2: () => ({ action: 'iot:ListPrincipalThings', ...onEverything() }),
} satisfies Partial<Permissions<typeof Iot>>
