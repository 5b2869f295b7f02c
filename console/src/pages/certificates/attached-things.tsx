import { iot } from '../resources/list.tsx'
import { RelatedThings } from '../things/related-things.tsx'

export const listPrincipalThings = (principal: string) =>
  iot('ListPrincipalThings', { principal, maxResults: 250 })

/** The things of a certificate. */
export function AttachedThings({ principal }: { principal: string }) {
  return (
    <RelatedThings
      list={listPrincipalThings(principal)}
      add={{
        label: 'Attach to things',
        title: 'Attach to a thing',
        submitLabel: 'Attach to thing',
        callsOf: (thingName) => iot('AttachThingPrincipal', { thingName, principal }),
      }}
      actionsOf={(thingName) => [
        {
          label: 'Detach',
          question: "Policies that ask for the thing's name or attributes no longer find them.",
          operation: iot('DetachThingPrincipal', { thingName, principal }),
        },
      ]}
    />
  )
}
