/** One end of a copy: whose API is called there, as whom, and whose account it is. */
import { IoTClient } from '@aws-sdk/client-iot'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type { InitializeMiddleware } from '@smithy/types'
import { CommandError } from '../command.ts'
import { findByDataDirectory, targetOf } from '../running-server.ts'
import { CallError, textOfFailure } from './call-error.ts'

/** Which account, as its ARNs say. */
export interface AccountScope {
  partition: string
  region: string
  accountId: string
}

export interface End extends AccountScope, Disposable {
  /** For a person. */
  where: 'the source' | 'the destination'
  endpoint: string
  iot: IoTClient
  /** What was read of this end already, by a word of whoever read it. */
  known: Map<string, Promise<unknown>>
}

export interface EndChoice {
  where: End['where']
  /** `from` or `to`, as the options are called. */
  side: 'from' | 'to'
  /** A URL, or `aws`. */
  url?: string | undefined
  dataDir?: string | undefined
  profile?: string | undefined
}

interface Settings {
  endpoint?: string
  region?: string
  profile?: string
  credentials?: { accessKeyId: string; secretAccessKey: string }
  requestHandler?: { httpsAgent: { ca: string } }
}

/** Throttled calls are tried again, later and later; calls after them are held back until none is. */
const patience = { retryMode: 'adaptive', maxAttempts: 12 }

/** @throws {CommandError} when nobody answers there, or not to this caller */
export async function openEnd(choice: EndChoice): Promise<End> {
  const { where } = choice
  const settings = settingsOf(choice)
  const region = settings.region ?? (await findRegion(choice, settings))
  const services = choice.url === 'aws' ? awsUrls(region) : { iot: settings.endpoint, sts: settings.endpoint }
  const optionsFor = (endpoint: string | undefined) => ({
    ...patience,
    ...settings,
    region,
    ...(endpoint !== undefined && { endpoint }),
  })
  const iot = new IoTClient(optionsFor(services.iot))
  const sts = new STSClient({ ...optionsFor(services.sts), maxAttempts: 3 }) // who is not there at all is told so soon
  const middleware = { step: 'initialize', name: 'namingFailures' } as const
  iot.middlewareStack.add(namingFailures(where) as never, middleware)
  sts.middlewareStack.add(namingFailures(where) as never, middleware)
  try {
    const { Account: accountId = '', Arn = '' } = await sts.send(new GetCallerIdentityCommand({}))
    const [, partition = 'aws'] = Arn.split(':')
    const endpoint = services.iot ?? ''
    const known = new Map<string, Promise<unknown>>()
    return {
      where,
      endpoint,
      iot,
      partition,
      region,
      accountId,
      known,
      [Symbol.dispose]: () => iot.destroy(),
    }
  } catch (error) {
    iot.destroy()
    throw new CommandError(textOfFailure(error))
  } finally {
    sts.destroy()
  }
}

function settingsOf({ side, url, dataDir, profile }: EndChoice): Settings {
  if (dataDir !== undefined && profile !== undefined)
    throw new CommandError(`expected --${side}-data-dir or --${side}-profile, got both`, 2)
  if (url === undefined && dataDir === undefined)
    throw new CommandError(`expected --${side} <URL or aws>, or --${side}-data-dir <dir>, got neither`, 2)
  if (url !== undefined && url !== 'aws' && !/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw new CommandError(`expected --${side} to be aws or an http(s) URL, got ${url}`, 2)
  if (dataDir === undefined)
    return { ...(profile !== undefined && { profile }), ...(url !== 'aws' && url && { endpoint: url }) }
  if (url === 'aws') throw new CommandError(`--${side}-data-dir is of a Muster, and --${side} is aws`, 2)
  const { apiUrl, region, ca, accessKeyId, secretAccessKey } = targetOf(findByDataDirectory(dataDir))
  return {
    endpoint: url ?? apiUrl,
    region,
    credentials: { accessKeyId, secretAccessKey },
    ...(ca !== undefined && { requestHandler: { httpsAgent: { ca } } }),
  }
}

/** As the AWS command line finds it; a server of one's own is in us-east-1 unless somebody says otherwise. */
async function findRegion({ side, url }: EndChoice, settings: Settings): Promise<string> {
  const client = new IoTClient(settings)
  try {
    return await client.config.region()
  } catch {
    if (url !== 'aws') return 'us-east-1'
    throw new CommandError(
      `which region of AWS? Set AWS_REGION, or --${side}-profile with one that has it`,
      2,
    )
  } finally {
    client.destroy()
  }
}

/** Said outright, as AWS_ENDPOINT_URL may lead to a Muster. Source: AWS General Reference, "AWS IoT Core endpoints". */
function awsUrls(region: string) {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  return { iot: `https://iot.${region}.${domain}`, sts: `https://sts.${region}.${domain}` }
}

/** Whatever fails after all attempts is a `CallError`. */
const namingFailures =
  (where: string): InitializeMiddleware<object, object> =>
  (next, { commandName = 'a call' }) =>
  async (args) => {
    try {
      return await next(args)
    } catch (cause) {
      throw new CallError(commandName.replace(/Command$/, ''), where, cause)
    }
  }

/** For the SDK's paginators: AWS gives at most 250 at a time. */
export const inPages = ({ iot: client }: Pick<End, 'iot'>) => ({ client, pageSize: 250 })

/** Reads what others have read already once. */
export function once<Value>({ known }: Pick<End, 'known'>, word: string, read: () => Promise<Value>) {
  const reading = (known.get(word) as Promise<Value> | undefined) ?? read()
  known.set(word, reading)
  return reading
}
