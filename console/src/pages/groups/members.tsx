import type { OperationCall } from '../../api/call.ts'
import { RelatedThings } from '../things/related-things.tsx'

interface MembersProps {
  list: OperationCall
  add: (thingName: string) => OperationCall
  remove: (thingName: string) => OperationCall
}

/** The things in a group of either kind. */
export function Members({ list, add, remove }: MembersProps) {
  return (
    <RelatedThings
      list={list}
      add={{ label: 'Add thing', title: 'Add a thing', submitLabel: 'Add thing', callsOf: add }}
      actionsOf={(thingName) => [
        { label: 'Remove', question: 'The thing itself stays.', operation: remove(thingName) },
      ]}
    />
  )
}
