/** A small client for AWS-compatible services that the operator runs, such as MinIO and ElasticMQ. */
import { signRequest, type Credentials } from '../../lib/outbound/sign-request.ts'
import { ActionFailure } from './action-failure.ts'
import { checkStatus, type SendRequest } from './send-request.ts'

/** Base URLs of the services that the operator runs. An action without its endpoint is refused. */
export interface AwsEndpoints {
  sqs?: string
  s3?: string
  /** The operator's own at those services; rules' roles are held against Muster's policies. */
  credentials?: Credentials
}

export interface EndpointCall {
  service: 'sqs' | 's3'
  method: 'POST' | 'PUT'
  /** Percent-encoded. */
  path: string
  headers: Record<string, string>
  body: Uint8Array
}

interface EndpointDeps {
  awsEndpoints: AwsEndpoints
  region: string
  now: () => Date
  /** Goes wherever the operator's services are. */
  sendToEndpoint: SendRequest
}

/** @throws {ActionFailure} when the operator has not set the service up, or it does not take the request */
export async function callEndpoint(deps: EndpointDeps, call: EndpointCall): Promise<void> {
  const { awsEndpoints, region, now, sendToEndpoint } = deps
  const endpoint = awsEndpoints[call.service]
  const { credentials } = awsEndpoints
  if (endpoint === undefined || credentials === undefined)
    throw new ActionFailure(`this server has no endpoint or no credentials for ${call.service}`)
  const url = new URL(endpoint)
  const { service, method, body } = call
  const { path, headers } = await signRequest(
    { url, method, path: call.path, headers: call.headers, body },
    { service, region, credentials, at: now() },
  )
  checkStatus(url, await sendToEndpoint({ method, url, path, headers, body }))
}
