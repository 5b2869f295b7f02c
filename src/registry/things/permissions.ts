import type * as Iot from '@aws-sdk/client-iot'
import type { Permissions } from '../../api/aws/operations.ts'
import { iotArn, resourceIn, type ArnScope } from '../../lib/arn.ts'
import { thingArn } from './thing.ts'

const onThing = ({ thingName }: { thingName: string }, scope: ArnScope) => ({
  resources: [thingArn(scope, thingName)],
})

/** The billing group too, where the thing is to be in one. */
function onNewThing({ thingName, billingGroupName }: Iot.CreateThingRequest, scope: ArnScope) {
  const group = billingGroupName === undefined ? [] : [iotArn(scope, `billinggroup/${billingGroupName}`)]
  return { resources: [thingArn(scope, thingName ?? ''), ...group] }
}

/** What is no ARN of this account is no certificate's; it is judged as if one were called so. */
const onPrincipal = ({ principal }: { principal: string }, scope: ArnScope) => ({
  resources: [
    resourceIn(scope, 'iot', principal) === undefined ? iotArn(scope, `cert/${principal}`) : principal,
  ],
})

/** The certificate is the resource, the thing is known by a condition key. */
const onAttachment = (
  { principal, thingName }: { principal: string; thingName: string },
  scope: ArnScope,
) => ({
  ...onPrincipal({ principal }, scope),
  conditions: { 'iot:thingArn': thingArn(scope, thingName) },
})

const onEverything = () => ({ resources: ['*'] })

export const thingsPermissions = {
  CreateThing: onNewThing,
  DescribeThing: onThing,
  UpdateThing: onThing,
  DeleteThing: onThing,
  ListThings: onEverything,
  AttachThingPrincipal: onAttachment,
  DetachThingPrincipal: onAttachment,
  ListThingPrincipals: onThing,
  ListThingPrincipalsV2: (input, scope) => ({ action: 'iot:ListThingPrincipals', ...onThing(input, scope) }),
  ListPrincipalThings: onPrincipal,
  ListPrincipalThingsV2: (input, scope) => ({
    action: 'iot:ListPrincipalThings',
    ...onPrincipal(input, scope),
  }),
} satisfies Partial<Permissions<typeof Iot>>
