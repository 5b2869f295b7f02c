import type { Change } from '../../fabric/in-process/index.ts'
import { enforcementPieceMs, inPieces } from '../../lib/turn-of-others.ts'
import type { Db } from '../../store/index.ts'
import { findThingGroup } from '../../registry/thing-groups/index.ts'
import type { CompiledPolicies } from './compiled-policies.ts'
import type { EnrichingTypes } from './enriching-types.ts'
import { asksForThing, createGrantsLoader, loadPolicies, type DeviceGrants } from './device-grants.ts'
import type { GrantsCache, GrantsEntry, Pending } from './grants-cache.ts'
import { findPolicy } from './store.ts'

interface RefreshDeps {
  db: Db
  cache: GrantsCache
  compiled: CompiledPolicies
  enriching: EnrichingTypes
}

interface Refresh extends RefreshDeps {
  pending: Pending
}

/**
 * Brings all grants up to date that the change concerns, and waits for what connections do about it. One policy may
 * be that of very many devices, so it and the policies of a group are read once, not once a device. What cannot be
 * read grants nothing.
 */
export async function refreshGrants(deps: RefreshDeps, change: Change): Promise<void> {
  const pending: Pending = new Set()
  try {
    await refresh({ ...deps, pending }, change)
  } catch (cause) {
    for (const entry of deps.cache.affectedBy(change)) deps.cache.withhold(entry, pending)
    throw cause
  } finally {
    await Promise.all(pending)
  }
}

async function refresh(deps: Refresh, change: Change): Promise<void> {
  const { db, cache } = deps
  if (change.kind === 'iot-policy') return refreshPolicy(deps, change)
  if (change.kind === 'policy-attachment') return refreshTarget(deps, change)
  if (change.kind === 'thing-type') return refreshType(deps, change)
  // who is in a group is announced by the thing; nothing else about a group matters but that it is there
  if (change.kind === 'thing-group' && (await findThingGroup(db, change.accountId, change.id))) return
  await reloadAll(deps, cache.affectedBy(change))
}

async function refreshPolicy(deps: Refresh, change: Change): Promise<void> {
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

/** Of a thing whose type is not known it has not been asked for. */
async function refreshType(deps: Refresh, change: Change): Promise<void> {
  await deps.enriching.refresh(change)
  deps.cache.noteWhileLoading(change) // what is being loaded may have been asked for before
  const concerned = deps.cache.affectedBy(change).filter(({ grants: { thing } }) => {
    return thing?.thingTypeName === undefined || thing.thingTypeName === change.id
  })
  await reloadAll(deps, concerned)
}

async function refreshTarget(deps: Refresh, change: Change): Promise<void> {
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
  deps: Refresh,
  entries: readonly GrantsEntry[],
  toGranted: (grants: DeviceGrants) => DeviceGrants['granted'],
): Promise<void> {
  const incomplete: GrantsEntry[] = []
  await inTurns(entries, (entry) => {
    const granted = toGranted(entry.grants)
    if (asksForThing(granted) && !asksForThing(entry.grants.granted)) incomplete.push(entry)
    else deps.cache.replace(entry, { ...entry.grants, granted }, deps.pending)
  })
  await reloadAll(deps, incomplete)
}

async function reloadAll(deps: Refresh, entries: readonly GrantsEntry[]): Promise<void> {
  const { db, cache, pending } = deps
  const load = createGrantsLoader(db, deps)
  await inTurns(entries, (entry) => cache.reload(entry, load, pending))
}

/** One after the other, so that thousands of them stop nobody else from working. The first that fails ends it. */
async function inTurns(
  entries: readonly GrantsEntry[],
  work: (entry: GrantsEntry) => Promise<void> | void,
): Promise<void> {
  const pause = inPieces(enforcementPieceMs)
  for (const entry of entries) {
    const working = work(entry)
    if (working) await working
    const paused = pause()
    if (paused) await paused // and only then: connections judge all at once what was handed to them
  }
}
