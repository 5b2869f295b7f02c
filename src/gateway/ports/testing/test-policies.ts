import type { Decision } from '../../../access/policies/index.ts'
import type { DeviceAuthorization } from '../authorization.ts'

/** Which action on which resource (without the ARN's head) is granted. */
export type IsAllowed = (
  action: string,
  resource: string,
  conditions: Record<string, string | string[]>,
) => boolean

const scope = 'arn:aws:iot:us-east-1:123456789012:'

/** Everything but these actions on their resources. */
export const allBut = (...denied: string[]): { isAllowed: IsAllowed } => ({
  isAllowed: (action, resource) => !denied.includes(`${action} ${resource}`),
})

/** Policies that can be changed while clients are connected. */
export function createPolicies(isAllowed: IsAllowed) {
  const policies = { version: 1, isAllowed, open: 0, canRemember: true, isThingExclusive: false, change }
  const listeners = new Set<() => Promise<void> | void>()

  /** Grants other things from now on; resolves when the connections have been judged by it. */
  async function change(next: typeof isAllowed): Promise<void> {
    policies.isAllowed = next
    policies.version++
    await Promise.all([...listeners].map(async (listen) => listen()))
  }

  function open(): DeviceAuthorization {
    policies.open++
    const own = new Set<() => Promise<void> | void>()
    return {
      thingName: 'lamp-thing',
      get canRemember() {
        return policies.canRemember
      },
      get isThingExclusive() {
        return policies.isThingExclusive
      },
      get version() {
        return policies.version
      },
      decide(action, resource, conditions = {}) {
        const isGranted = policies.isAllowed(action, resource.replace(scope, ''), conditions)
        return { effect: isGranted ? 'allow' : 'implicit-deny', variables: {} } as Decision
      },
      onChanged(listener) {
        own.add(listener)
        listeners.add(listener)
        return { [Symbol.dispose]: () => void listeners.delete(listener) }
      },
      [Symbol.dispose]() {
        policies.open--
        for (const listener of own) listeners.delete(listener)
      },
    }
  }

  return { policies, open }
}
