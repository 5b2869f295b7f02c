/** What OverrideSettings do to a thing that exists. Source: AWS IoT Developer Guide, "Provisioning templates". */
import { iotError } from '../../api/aws/errors.ts'
import type { Db } from '../../store/index.ts'
import type { ThingPlan } from '../templates/index.ts'
import { addThingToGroup, groupsOfThing, removeThingFromGroup } from '../../registry/thing-groups/index.ts'
import { applyAttributes, serializeAttributes, updateThing, type Thing } from '../../registry/things/index.ts'
import { ProvisioningError, inStep, type ProvisioningRun } from './steps.ts'

/**
 * Changes what the template wants changed; what it does not name, and its billing group, stay.
 * @throws {ProvisioningError} `ConflictingResourceUpdateException` where the thing differs and the setting is FAIL
 */
export async function applyThingOverrides(
  db: Db,
  run: ProvisioningRun,
  plan: ThingPlan,
  existing: Thing,
): Promise<void> {
  await overrideProperties(db, run, plan, existing)
  if (plan.thingGroups.length > 0 || plan.overrides.thingGroups === 'REPLACE')
    await overrideGroups(db, run, plan)
}

async function overrideProperties(
  db: Db,
  run: ProvisioningRun,
  plan: ThingPlan,
  existing: Thing,
): Promise<void> {
  const { overrides, thingName, thingTypeName } = plan
  const place = `Resources.${plan.logicalId}`
  const merge = overrides.attributes === 'MERGE'
  const attributes = applyAttributes(existing.attributes, plan.attributes, merge)
  const differs = serializeAttributes(attributes) !== serializeAttributes(existing.attributes)
  const hasOtherType = thingTypeName !== undefined && thingTypeName !== existing.thingTypeName
  if (differs && overrides.attributes === 'FAIL') throw conflict(place, plan, 'AttributePayload')
  if (hasOtherType && overrides.thingTypeName === 'FAIL') throw conflict(place, plan, 'ThingTypeName')
  const change = {
    ...(differs && overrides.attributes !== 'DO_NOTHING' && { attributes: plan.attributes, merge }),
    ...(hasOtherType && overrides.thingTypeName === 'REPLACE' && { thingTypeName }),
  }
  if (Object.keys(change).length === 0) return
  const action = 'iot:UpdateThing'
  checkAllowed(run, action)
  await inStep({ place, action }, () => updateThing(db, { accountId: run.accountId, thingName, ...change }))
}

async function overrideGroups(db: Db, run: ProvisioningRun, plan: ThingPlan): Promise<void> {
  const { accountId } = run
  const { thingName, thingGroups, overrides } = plan
  const place = `Resources.${plan.logicalId}`
  if (overrides.thingGroups === 'DO_NOTHING') return
  const current = (await groupsOfThing(db, accountId, thingName)).map(({ groupName }) => groupName)
  const missing = thingGroups.filter((name) => !current.includes(name))
  const surplus =
    overrides.thingGroups === 'REPLACE' ? current.filter((name) => !thingGroups.includes(name)) : []
  if (overrides.thingGroups === 'FAIL' && missing.length > 0) throw conflict(place, plan, 'ThingGroups')
  for (const thingGroupName of surplus) {
    const action = 'iot:RemoveThingFromThingGroup'
    checkAllowed(run, action)
    await inStep({ place, action }, () => removeThingFromGroup(db, { accountId, thingName, thingGroupName }))
  }
  for (const thingGroupName of missing) {
    const action = 'iot:AddThingToThingGroup'
    await inStep({ place, action }, () => addThingToGroup(db, { accountId, thingName, thingGroupName }))
  }
}

function checkAllowed(run: ProvisioningRun, action: string): void {
  const error = run.forbidden.get(action)
  if (error) throw error
}

function conflict(place: string, { thingName }: ThingPlan, setting: string): ProvisioningError {
  const text = `thing ${thingName} exists with another ${setting}, and OverrideSettings.${setting} is FAIL (ResourceConflictsException)`
  return new ProvisioningError(iotError('ConflictingResourceUpdateException', text), place, 'iot:CreateThing')
}
