import { lazy, Suspense } from 'react'
import type { Action } from '../../kit/action.ts'
import { iot } from '../resources/list.tsx'
import { thingActions } from './thing.ts'

const AddToGroup = lazy(async () => ({ default: (await import('./add-to-group.tsx')).AddToGroup }))

/** What can be done to several things at once. */
export const thingListActions = (names: readonly string[]): Action[] => [
  {
    label: 'Add to thing group',
    needs: iot('AddThingToThingGroup'),
    form: (close) => (
      <Suspense>
        <AddToGroup names={names} onClose={close} />
      </Suspense>
    ),
  },
  ...thingActions(names),
]
