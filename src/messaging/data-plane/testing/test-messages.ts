import { openTestStore } from '../../../../test/helpers/store.ts'
import { createLocalFabric, type Fabric } from '../../../fabric/in-process/index.ts'
import type { Store } from '../../../store/index.ts'
import { openMessages, type Messages, type MessagesDeps } from '../messages.ts'

export interface TestMessages extends Messages, AsyncDisposable {
  fabric: Fabric
  store: Store
  /** As after a restart on the same database. */
  reopened: () => Promise<Messages>
}

/** On a database of their own. */
export async function openTestMessages({
  fabric = createLocalFabric(),
  now = () => new Date(),
  limits = {},
}: {
  fabric?: Fabric
  now?: (() => Date) | undefined
  limits?: MessagesDeps['limits']
} = {}): Promise<TestMessages> {
  const store = await openTestStore()
  const open = () => openMessages({ store, fabric, now, limits })
  return {
    ...(await open()),
    fabric,
    store,
    reopened: open,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
    },
  }
}
