/** What whoever is signed in may never do, so that pages need not offer it. Whether a call is allowed, the call decides. */
import { AwsError } from '../aws/errors.ts'
import type { WireRequest } from '../aws/wire.ts'
import type { VisitOrigin } from './visit-origin.ts'

/** Whether an action, e.g. `iot:CreateThing`, may be allowed to who is signed in on any resource at all. */
export type MayEver = (origin: VisitOrigin, action: string) => Promise<boolean>

const maxActions = 100

/**
 * Those of the actions that the query asks about, `action=` for each, that the caller may do on no resource.
 * @throws {AwsError} `ValidationException` for what are no actions, and for too many
 */
export async function listDenied(
  { query }: Pick<WireRequest, 'query'>,
  origin: VisitOrigin,
  mayEver: MayEver,
): Promise<string[]> {
  const actions = query.get('action') ?? []
  const isValid = actions.every((action) => /^[a-z-]{1,32}:[A-Za-z0-9]{1,64}$/.test(action))
  if (actions.length === 0 || actions.length > maxActions || !isValid)
    throw new AwsError(
      'ValidationException',
      `action must be given 1 to ${maxActions} times, each like iot:CreateThing; it was given ${actions.length} times`,
    )
  const answers = await Promise.all(actions.map((action) => mayEver(origin, action)))
  return actions.filter((_, at) => answers[at] === false)
}
