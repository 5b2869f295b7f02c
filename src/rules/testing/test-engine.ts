/** A rules engine on a database of its own, with real fabric and identities, for the tests of this folder. */
import { forOneAccount } from '../../../test/helpers/for-one-account.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import type { TopicRulePayload } from '@aws-sdk/client-iot'
import type { Caller } from '../../api/aws/caller.ts'
import type { CallContext } from '../../api/aws/operations.ts'
import { createLocalFabric, type Message } from '../../fabric/in-process/index.ts'
import type { FunctionFailure } from '../../functions/index.ts'
import { createIdentities, iamOperations } from '../../access/identities/index.ts'
import type { LookUpName } from '../../lib/outbound/outbound.ts'
import { openOutbound } from '../../../test/helpers/outbound.ts'
import { topicRulesOperations } from '../operations.ts'
import { createRules, type RulesDeps } from '../rules.ts'
import { memoryDirectory } from '../../../test/helpers/memory-directory.ts'
import { openStoreIn } from '../../../test/helpers/store.ts'

export const accountId = '000000000000'
const region = 'us-east-1'
export const start = new Date('2026-01-02T03:04:05.678Z')

type Invocation = Parameters<RulesDeps['functions']['invokeFromService']>[0]
type Appended = Parameters<RulesDeps['logs']['append']>[0]

const root: Caller = {
  accountId,
  kind: 'root',
  arn: `arn:aws:iam::${accountId}:root`,
  userId: accountId,
}

export const roleArn = (name: string) => `arn:aws:iam::${accountId}:role/${name}`
export const functionArn = (name: string) => `arn:aws:lambda:${region}:${accountId}:function:${name}`

/** What a test may put in the place of the parts around the engine. */
interface Around {
  invoke?: (invocation: Invocation) => Promise<void>
  awsEndpoints?: RulesDeps['awsEndpoints']
  /** `loopback` by default, where the web services of tests are. */
  outboundAllow?: string
  lookUp?: LookUpName
}

export async function openTestEngine(around: Around = {}) {
  const parts = await openParts(around)
  const { store, fabric, identities, directory, deps, clock } = parts
  const rules = await createRules(deps)
  const operations = topicRulesOperations({ ...deps, rules })
  const context = contextOf(identities, root)
  const iam = iamOperations({ store, fabric, now: deps.now })
  return {
    ...parts,
    iam,
    rules,
    operations,
    clock,
    context,

    /** A role that AWS IoT may take, with one inline policy. */
    createRole: async (RoleName: string, statement: object, service = 'iot.amazonaws.com') => {
      await iam.CreateRole({ RoleName, AssumeRolePolicyDocument: trusting(service) }, context)
      await iam.PutRolePolicy({ RoleName, PolicyName: 'own', PolicyDocument: policy(statement) }, context)
    },
    createRule: (ruleName: string, topicRulePayload: TopicRulePayload) =>
      operations.CreateTopicRule({ ruleName, topicRulePayload } as never, context),
    publish: (topic: string, payload: unknown, more: Partial<Message> = {}) =>
      void fabric.publish(toMessage(topic, payload, more)),
    /** Everything that arrives on topics that match. */
    listen: (filter: string) => {
      const messages: Message[] = []
      fabric.subscribe(accountId, filter, (message) => void messages.push(message))
      return messages
    },

    async [Symbol.asyncDispose]() {
      await rules[Symbol.asyncDispose]()
      parts.outbound[Symbol.dispose]()
      identities[Symbol.dispose]()
      await store[Symbol.asyncDispose]()
      await rm(directory, { recursive: true })
    },
  }
}

/** What the engine is made of. */
async function openParts(around: Around) {
  const directory = await mkdtemp(join(memoryDirectory(), 'rules-'))
  const store = await openStoreIn(directory)
  const fabric = createLocalFabric()
  const clock = { now: start }
  const now = () => clock.now
  const identities = createIdentities({ store, fabric, accountId, now })
  const seen = createWitness()
  const failureListeners = new Set<(failure: FunctionFailure) => void>()
  const outbound = openOutbound(around.outboundAllow ?? 'loopback', around.lookUp)
  const deps: RulesDeps = {
    store,
    fabric,
    identities,
    ...seen.deps,
    functions: {
      invokeFromService: async (invocation) => {
        seen.invocations.push(invocation)
        await around.invoke?.(invocation)
      },
      onFailure: (listener) => {
        failureListeners.add(listener)
        return { [Symbol.dispose]: () => void failureListeners.delete(listener) }
      },
    },
    awsEndpoints: around.awsEndpoints ?? {},
    outbound,
    apiUrl: () => 'http://127.0.0.1:9080',
    region,
    forEachAccount: forOneAccount(accountId),
    now,
    pause: async (ms) => void seen.pauses.push(ms),
  }
  const failFunction = (failure: FunctionFailure) => {
    for (const listener of failureListeners) listener(failure)
  }
  return { ...seen, outbound, deps, directory, store, fabric, identities, clock, failFunction }
}

export type TestEngine = Awaited<ReturnType<typeof openTestEngine>>

/** Takes down what the engine tells the parts around it. */
function createWitness() {
  const invocations: Invocation[] = []
  const appended: Appended[] = []
  const logged: Parameters<RulesDeps['iotLogging']['log']>[0][] = []
  const recorded: Parameters<RulesDeps['record']>[0][] = []
  const errors: unknown[] = []
  const pauses: number[] = []
  const note = (fields: unknown) => void errors.push(fields)
  const told: string[] = []
  const tell = (fields: unknown) => void told.push(inspect(fields))
  const log = { debug: () => undefined, info: tell, warn: tell, error: note }
  return {
    invocations,
    appended,
    logged,
    recorded,
    errors,
    told,
    pauses,
    deps: {
      logs: { append: (append: Appended) => void appended.push(append) },
      iotLogging: { log: (entry: (typeof logged)[0]) => void logged.push(entry) },
      record: (entry: (typeof recorded)[0]) => void recorded.push(entry),
      log: log as never,
    },
  }
}

function contextOf(identities: Awaited<ReturnType<typeof createIdentities>>, caller: Caller): CallContext {
  return {
    caller,
    accountId,
    region,
    requestId: 'request-1',
    sourceIp: '192.0.2.1',
    authorize: async (action, resource, conditions = {}) =>
      await identities.authorize(caller, { action, resource, conditions }),
  }
}

const policy = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] })

export const trusting = (service: string) =>
  policy({ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' })

export const allow = (Action: string | string[], Resource: string | string[] = '*') => ({
  Effect: 'Allow',
  Action,
  Resource,
})

function toMessage(topic: string, payload: unknown, more: Partial<Message>): Message {
  const bytes = payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload))
  return { accountId, topic, payload: bytes, qos: 0, retain: false, ...more }
}
