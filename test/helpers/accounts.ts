/** Further accounts of a server, each as a server of its own to those who use it. */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { IAMClient } from '@aws-sdk/client-iam'
import { IoTClient } from '@aws-sdk/client-iot'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { targetOf } from '../../src/cli/running-server.ts'
import { signedRequest } from '../../src/cli/signed-request.ts'
import type { DeviceReport } from '../../src/observability/journal/index.ts'
import type { NewAccountReport } from '../../src/server/accounts-routes.ts'
import { postOwn } from './own-routes.ts'
import type { TestServer } from './server.ts'

/** The server as the new account sees it: its devices ask for its endpoint, its clients sign with its root key. */
export type AccountView = Omit<TestServer, typeof Symbol.asyncDispose>

export async function openAccount(server: TestServer, name: string): Promise<AccountView> {
  const { status, body } = await postOwn(server, 'accounts', { name })
  if (status !== 200) throw new Error(`no account was made: ${JSON.stringify(body)}`)
  const { accountId, endpoint, accessKeyId, secretAccessKey } = body as unknown as NewAccountReport
  return viewOf(server, { accountId, endpoint, rootKey: { accessKeyId, secretAccessKey } })
}

/** The same account at another node. */
export const accountAt = (node: TestServer, { endpoints, rootKey }: AccountView): AccountView =>
  viewOf(node, { ...endpoints, rootKey })

interface Seen {
  accountId: string
  endpoint: string
  rootKey: TestServer['rootKey']
}

function viewOf(server: TestServer, { accountId, endpoint, rootKey }: Seen): AccountView {
  const endpoints = { ...server.endpoints, accountId, endpoint }
  const { apiUrl, region } = endpoints
  const options = { endpoint: apiUrl, region, credentials: rootKey, maxAttempts: 1 }
  return {
    ...server,
    endpoints,
    rootKey,
    iot: new IoTClient(options),
    iam: new IAMClient(options),
    lambda: new LambdaClient(options),
    logs: new CloudWatchLogsClient(options),
    report: async (subject) =>
      (await signedRequest(targetOf({ endpoints, rootKey }), {
        service: 'muster',
        method: 'GET',
        path: `/muster/v1/explain?subject=${encodeURIComponent(subject)}`,
      })) as DeviceReport,
  }
}
