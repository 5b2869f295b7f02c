/** Which version of a function a caller means. */
import type { Db } from '../../store/index.ts'
import { aliasArn, getAlias, type FunctionAlias } from '../registry/alias-store.ts'
import { functionArn, type FunctionReference } from '../registry/function-name.ts'
import { getVersion, notFound } from '../registry/function-store.ts'
import { latest, type FunctionVersion } from '../registry/function-version.ts'
import type { ArnScope } from '../../lib/arn.ts'

export interface Target {
  version: FunctionVersion
  /** As the function sees it: with the qualifier that the caller gave. */
  invokedFunctionArn: string
}

/**
 * `random` (0 to 1) chooses where an alias has two versions.
 * @throws {AwsError} `ResourceNotFoundException`
 */
export async function resolveTarget(
  db: Db,
  scope: ArnScope,
  { functionName, qualifier }: FunctionReference,
  random: number,
): Promise<Target> {
  const { accountId, region } = scope
  const key = { accountId, region, functionName }
  if (qualifier === undefined || qualifier === latest || /^\d+$/.test(qualifier)) {
    const version = await getVersion(db, key, qualifier)
    const arn = functionArn(scope, { functionName, ...(qualifier !== undefined && { qualifier }) })
    return { version, invokedFunctionArn: arn }
  }
  const alias = await getAlias(db, key, qualifier)
  const chosen = chooseVersion(alias, random)
  const version = await getVersion(db, key, chosen)
  if (!version) throw notFound(key, chosen)
  return { version, invokedFunctionArn: aliasArn(key, qualifier) }
}

function chooseVersion({ functionVersion, routing }: FunctionAlias, random: number): string {
  const [further] = Object.entries(routing)
  return further && random < further[1] ? further[0] : functionVersion
}
