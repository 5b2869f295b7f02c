/** Official clients of a server that is measured, as the helpers of tests want them. */
import { IAMClient } from '@aws-sdk/client-iam'
import { IoTClient } from '@aws-sdk/client-iot'
import { LambdaClient } from '@aws-sdk/client-lambda'
import type { TestServer } from '../test/helpers/server.ts'
import type { MeasuredMuster } from './servers.ts'

export type Account = Pick<MeasuredMuster, 'endpoints' | 'rootKey'>

/** What it has of a test's server is all that setting an account up asks of one. */
export function clientsOf({ endpoints, rootKey }: Account): TestServer {
  const options = { endpoint: endpoints.apiUrl, region: endpoints.region, credentials: rootKey }
  const clients = {
    iot: new IoTClient(options),
    iam: new IAMClient(options),
    lambda: new LambdaClient(options),
  }
  return { ...clients, endpoints, rootKey } as TestServer
}
