/** What operators may do about sessions of the console, signed or signed in. */
import type { OwnRoute } from '../http/index.ts'
import { iotError } from '../aws/errors.ts'
import { formatArn } from '../../lib/arn.ts'
import type { ConsoleSessions } from './sessions.ts'

/** `GET` and `DELETE /muster/v1/console/sessions`, and `POST /muster/v1/console/links` for a link that opens one. */
export function consoleOwnRoutes(
  sessions: ConsoleSessions,
  scope: { accountId: string; region: string },
): OwnRoute[] {
  const resource = formatArn({ service: 'muster', ...scope, resource: 'console-sessions' })
  const path = '/muster/v1/console/sessions'
  return [
    {
      method: 'GET',
      path,
      action: 'muster:ListConsoleSessions',
      resource,
      handle: async (_query, { accountId }) => ({ sessions: await sessions.list(accountId) }),
    },
    {
      method: 'DELETE',
      path,
      action: 'muster:EndConsoleSession',
      resource,
      handle: async (query, { accountId }) => {
        await sessions.end(accountId, query.get('sessionId') ?? '')
        return {}
      },
    },
    {
      method: 'POST',
      path: '/muster/v1/console/links',
      action: 'muster:CreateConsoleLink',
      resource,
      handle: async (_query, { accountId, accessKeyId }) => {
        if (accessKeyId === undefined)
          throw iotError(
            'InvalidRequestException',
            'a link is made for the access key that signs the request',
          )
        return { link: await sessions.giveOutLink({ accountId, accessKeyId }) }
      },
    },
  ]
}
