import type { Change } from '../fabric/index.ts'
import type { Db } from '../store/index.ts'
import { findThingGroup } from '../thing-groups/index.ts'
import type { CompiledPolicies } from './compiled-policies.ts'
import { asksForThing, createGrantsLoader, loadPolicies, type DeviceGrants } from './device-grants.ts'
import type { GrantsCache, GrantsEntry } from './grants-cache.ts'
import { findPolicy } from './store.ts'

interface RefreshDeps {
  db: Db
  cache: GrantsCache
  compiled: CompiledPolicies
}

/**
 * Brings all grants up to date that the change concerns. One policy may be that of very many devices, so it and
 * the policies of a group are read once, not once a device. What cannot be read grants nothing.
 */
export async function refreshGrants(deps: RefreshDeps, change: Change): Promise<void> {
  try {
    await refresh(deps, change)
  } catch (cause) {
    for (const entry of deps.cache.affectedBy(change)) deps.cache.withhold(entry)
    throw cause
  }
}

async function refresh(deps: RefreshDeps, change: Change): Promise<void> {
  const { db, cache } = deps
  if (change.kind === 'iot-policy') return refreshPolicy(deps, change)
  if (change.kind === 'policy-attachment') return refreshTarget(deps, change)
  // who is in a group is announced by the thing; nothing else about a group matters but that it is there
  if (change.kind === 'thing-group' && (await findThingGroup(db, change.accountId, change.id))) return
  await reloadAll(deps, cache.affectedBy(change))
}

async function refreshPolicy(deps: RefreshDeps, change: Change): Promise<void> {
  const { db, cache, compiled } = deps
  const { accountId, id: policyName } = change
  const found = await findPolicy(db, accountId, policyName)
  const policy = found && compiled.get(policyName, found.policyDocument)
  await revise(deps, cache.affectedBy(change), ({ granted }) =>
    granted.flatMap((one) => {
      if (one.policy.name !== policyName) return one
      return policy ? { ...one, policy } : []
    }),
  )
}

async function refreshTarget(deps: RefreshDeps, change: Change): Promise<void> {
  const { db, cache, compiled } = deps
  const { accountId, id: target } = change
  const policies = await loadPolicies(db, { accountId, targets: [target] }, compiled)
  await revise(deps, cache.affectedBy(change), ({ granted }) => [
    ...granted.filter((one) => one.target !== target),
    ...policies,
  ])
}

/** Replaces the policies of the entries; one whose policies only now ask for the thing's data is loaded anew. */
async function revise(
  deps: RefreshDeps,
  entries: readonly GrantsEntry[],
  toGranted: (grants: DeviceGrants) => DeviceGrants['granted'],
): Promise<void> {
  const incomplete: GrantsEntry[] = []
  for (const entry of entries) {
    const granted = toGranted(entry.grants)
    if (asksForThing(granted) && !asksForThing(entry.grants.granted)) incomplete.push(entry)
    else deps.cache.replace(entry, { ...entry.grants, granted })
  }
  await reloadAll(deps, incomplete)
}

async function reloadAll(
  { db, cache, compiled }: RefreshDeps,
  entries: readonly GrantsEntry[],
): Promise<void> {
  const load = createGrantsLoader(db, compiled)
  const reloads = await Promise.allSettled(entries.map((entry) => cache.reload(entry, load)))
  for (const reload of reloads) if (reload.status === 'rejected') throw reload.reason
}
