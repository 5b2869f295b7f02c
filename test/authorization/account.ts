/** An account on a server of its own: root, who may do all, and a user whose rights a test sets anew each time. */
import * as Logs from '@aws-sdk/client-cloudwatch-logs'
import * as Iam from '@aws-sdk/client-iam'
import * as Iot from '@aws-sdk/client-iot'
import * as IotData from '@aws-sdk/client-iot-data-plane'
import * as Lambda from '@aws-sdk/client-lambda'
import * as Sts from '@aws-sdk/client-sts'
import AWS from 'aws-sdk'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { openRows } from '../helpers/stored.ts'

export type Service =
  | 'iot'
  | 'iot-data'
  | 'iam'
  | 'lambda'
  | 'logs'
  | 'cloudtrail'
  | 'cloudwatch'
  | 'organizations'
  | 'sts'

type Sending = { send: (command: object) => Promise<object> }
type Packages = Record<string, new (input: object) => object>

export interface Call {
  service: Service
  operation: string
  input: object
}

/** The output, or the name of the refusal. */
export type Outcome = { output: object } | { refusal: string; message: string }

export interface Account extends AsyncDisposable {
  server: TestServer
  accountId: string
  region: string
  /** As root. @throws what the service answers */
  root: (call: Call) => Promise<Record<string, unknown>>
  /** As the user. */
  attempt: (call: Call) => Promise<Outcome>
  /** Replaces what the user may do. */
  permit: (...statements: object[]) => Promise<void>
  /** All rows of the database in which one of the texts is a value. */
  rowsWith: (texts: readonly string[]) => Promise<string[]>
}

export async function openAccount(): Promise<Account> {
  const server = await startTestServer()
  const { endpoints, rootKey, iam } = server
  const { AccessKey } = await setUp(iam)
  const connect = (credentials: { accessKeyId: string; secretAccessKey: string }) =>
    clients({ endpoint: endpoints.apiUrl, region: endpoints.region, maxAttempts: 1, credentials })
  const asRoot = connect(rootKey)
  const asUser = connect({
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  })
  /** What the user may do, until a success of theirs may have changed it. */
  let permitted: string | undefined
  const rows = await openRows(server.dataDir)
  const { Account: accountId = '' } = (await send(asRoot, {
    service: 'sts',
    operation: 'GetCallerIdentity',
    input: {},
  })) as Sts.GetCallerIdentityResponse
  return {
    server,
    accountId,
    region: endpoints.region,
    root: async (call) => (await send(asRoot, call)) as Record<string, unknown>,
    attempt: (call) =>
      send(asUser, call).then(
        (output) => {
          permitted = undefined
          return { output }
        },
        ({ name, message }: Error) => ({ refusal: name, message }),
      ),
    async permit(...statements) {
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements })
      if (PolicyDocument === permitted) return
      await iam.send(new Iam.PutUserPolicyCommand({ ...userPolicy, PolicyDocument }))
      permitted = PolicyDocument
    },
    rowsWith: rows.with,
    async [Symbol.asyncDispose]() {
      await rows[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

const userPolicy = { UserName: 'walker', PolicyName: 'rights' }

async function setUp(iam: Iam.IAMClient) {
  await iam.send(new Iam.CreateUserCommand({ UserName: 'walker' }))
  return await iam.send(new Iam.CreateAccessKeyCommand({ UserName: 'walker' }))
}

interface ClientOptions {
  endpoint: string
  region: string
  maxAttempts: number
  credentials: { accessKeyId: string; secretAccessKey: string }
}

function clients(options: ClientOptions): Record<Service, [client: unknown, commands: unknown]> {
  return {
    iot: [new Iot.IoTClient(options), Iot],
    'iot-data': [new IotData.IoTDataPlaneClient(options), IotData],
    iam: [new Iam.IAMClient(options), Iam],
    lambda: [new Lambda.LambdaClient(options), Lambda],
    logs: [new Logs.CloudWatchLogsClient(options), Logs],
    cloudtrail: olderClient(new AWS.CloudTrail({ ...options, maxRetries: 0 })),
    cloudwatch: olderClient(new AWS.CloudWatch({ ...options, maxRetries: 0 })),
    organizations: olderClient(new AWS.Organizations({ ...options, maxRetries: 0 })),
    sts: [new Sts.STSClient(options), Sts],
  }
}

/** The client of a service that has no package of its own here, as the others are: a command of any name. */
function olderClient(older: AWS.Service): [client: unknown, commands: unknown] {
  const commands = new Proxy<Packages>(
    {},
    { get: (_, name) => commandOf(String(name).replace(/Command$/, '')) },
  )
  const client = {
    send: ({ operation, input }: OlderCommand) =>
      older.makeRequest(`${operation.slice(0, 1).toLowerCase()}${operation.slice(1)}`, input).promise(),
  }
  return [client, commands]
}

interface OlderCommand {
  operation: string
  input: object
}

const commandOf = (operation: string) =>
  class implements OlderCommand {
    readonly operation = operation
    readonly input: object
    constructor(input: object) {
      this.input = input
    }
  }

async function send(by: ReturnType<typeof clients>, { service, operation, input }: Call): Promise<object> {
  const [client, commands] = by[service]
  const Command = (commands as Packages)[`${operation}Command`]
  if (!Command) throw new Error(`the client of ${service} has no ${operation}`)
  const { $metadata: _, ...output } = (await (client as Sending).send(new Command(input))) as {
    $metadata?: unknown
  }
  return output
}
