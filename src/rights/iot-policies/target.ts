/** What policies are attached to, looked up in its own feature. */
import { iotError } from '../../api/aws/errors.ts'
import { checkNotInTransfer, findCertificate } from '../../pki/certificates/index.ts'
import type { Db } from '../../store/index.ts'
import { findThingGroup } from '../../registry/thing-groups/index.ts'
import { parseTarget } from './iot-policy.ts'

/**
 * @throws {AwsError} `ResourceNotFoundException`; `InvalidRequestException` when `target` is no ARN of a
 * certificate or thing group
 */
export async function checkTargetExists(db: Db, accountId: string, target: string): Promise<void> {
  await getTarget(db, accountId, target)
}

/** @throws {AwsError} also `InvalidRequestException` for a certificate that is on its way to another account */
export async function checkMayAttach(db: Db, accountId: string, target: string): Promise<void> {
  const found = await getTarget(db, accountId, target)
  if ('status' in found) checkNotInTransfer(found)
}

async function getTarget(db: Db, accountId: string, target: string) {
  const { kind, id } = parseTarget(target)
  const found =
    kind === 'certificate'
      ? await findCertificate(db, accountId, id)
      : await findThingGroup(db, accountId, id)
  const arn = found && ('certificateArn' in found ? found.certificateArn : found.thingGroupArn)
  if (found && arn === target) return found
  throw iotError('ResourceNotFoundException', `no ${kind.replace('-', ' ')} has the ARN ${target}`)
}

/** The target itself and, for a thing group, the groups above it. */
export async function withAncestors(db: Db, accountId: string, target: string): Promise<string[]> {
  const { kind, id } = parseTarget(target)
  if (kind === 'certificate') return [target]
  const targets: string[] = []
  let group = await findThingGroup(db, accountId, id)
  while (group) {
    targets.push(group.thingGroupArn)
    group =
      group.parentGroupName === undefined
        ? undefined
        : await findThingGroup(db, accountId, group.parentGroupName)
  }
  return targets
}
