/** A listener with small handlers for the tests beside it. */
import { AwsError } from '../../aws/errors.ts'
import type { CallContext } from '../../aws/operations.ts'
import type { SigningCredential } from '../../aws/sigv4/verify.ts'
import { startHttp, type HttpListener, type HttpOptions } from '../listener.ts'
import type { OfferedService } from '../services.ts'

export const accountId = '123456789012'
export const credentials = { accessKeyId: 'AKIAALICE', secretAccessKey: 'alice-secret' }

const alice: SigningCredential = {
  secretAccessKey: credentials.secretAccessKey,
  status: 'Active',
  caller: {
    accountId,
    kind: 'user',
    arn: `arn:aws:iam::${accountId}:user/alice`,
    userId: 'AIDA1',
    name: 'alice',
  },
}

export interface TestHttp extends HttpListener {
  /** Level and message of each line above debug. */
  logged: string[][]
}

/** Alice may do everything but what is named `Forbidden`. */
export async function startTestHttp(options: Partial<HttpOptions>): Promise<TestHttp> {
  const logged: string[][] = []
  const write = (level: string) => (_fields: object, message: string) => void logged.push([level, message])
  const log = { debug: () => undefined, info: write('info'), warn: write('warn'), error: write('error') }
  const listener = await startHttp({
    host: '127.0.0.1',
    port: 0,
    region: 'us-east-1',
    log: log as never,
    findCredential: async (accessKeyId) => (accessKeyId === credentials.accessKeyId ? alice : undefined),
    authorizeCall: async ({ arn }, { action, resource }) => {
      if (!resource.includes('Forbidden')) return
      throw new AwsError(
        'AccessDeniedException',
        `User: ${arn} is not authorized to perform: ${action} on ${resource}`,
      )
    },
    services: {},
    routesOf: () => [],
    now: () => new Date(),
    maxBodyBytes: 1024 * 1024,
    metrics: () => '',
    confirmDestination: async () => {},
    ...options,
  })
  return { ...listener, logged }
}

/** Handlers with permissions that ask nothing. */
export function offer(operations: OfferedService['operations']): OfferedService {
  const permissions = Object.keys(operations).map((name) => [name, () => ({ resources: ['*'] })])
  return { operations, permissions: Object.fromEntries(permissions) as OfferedService['permissions'] }
}

export const seenBy = ({ caller, region, sourceIp }: CallContext) => ({ arn: caller.arn, region, sourceIp })

export const clientConfig = ({ url }: HttpListener) => ({
  endpoint: url,
  region: 'us-east-1',
  credentials,
  maxAttempts: 1,
})
