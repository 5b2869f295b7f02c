/** The rules engine: takes published messages through the account's rules. Publishers never wait for it. */
import type { Fabric, Message } from '../fabric/in-process/index.ts'
import type { Functions } from '../functions/index.ts'
import type { Identities } from '../access/identities/index.ts'
import type { ForEachAccount } from '../lib/for-each-account.ts'
import type { Log } from '../lib/log.ts'
import { createTrustedOutbound, type Outbound } from '../lib/outbound/outbound.ts'
import type { Store } from '../store/index.ts'
import type { ActionDeps, AppendLogEvents, InvokeFromService } from './actions/action.ts'
import type { AwsEndpoints } from './actions/aws-endpoints.ts'
import { createRequestSender, type SendRequest } from './actions/send-request.ts'
import { createConfirmations, type Confirmations } from './confirmations.ts'
import { isDestinationEnabled } from './destination-store.ts'
import { toArrival, type Arrival } from './engine/arrival.ts'
import { Dispatcher } from './engine/dispatcher.ts'
import { FailedFunctions } from './engine/failed-functions.ts'
import { RuleCounts, type RuleEvent } from './engine/rule-counts.ts'
import { RuleSet } from './engine/rule-set.ts'
import { entryOf, logOverflow, type RecordRuleEntry, type WriteRuleLog } from './engine/rule-log.ts'
import { runRule, type RunDeps } from './engine/run-rule.ts'
import type { Pause } from './engine/retry.ts'
import { Watches } from './playground/watches.ts'

export interface RulesDeps {
  store: Store
  fabric: Fabric
  functions: { invokeFromService: InvokeFromService } & Pick<Functions, 'onFailure'>
  identities: Pick<Identities, 'assumeServiceRole' | 'decide'>
  logs: { append: AppendLogEvents }
  iotLogging: { log: WriteRuleLog }
  record: RecordRuleEntry
  /** Services that the operator runs for the actions sqs and s3. */
  awsEndpoints: AwsEndpoints
  /** The way to what users of the API name. */
  outbound: Pick<Outbound, 'findFault' | 'request'>
  /** Where others reach the API: web services confirm themselves there. */
  apiUrl: () => string
  region: string
  /** Whose rules are run. */
  forEachAccount: ForEachAccount
  now: () => Date
  log: Log
  /** Told how long each message took through each of its rules. */
  measure?: RunDeps['measure']
  trace?: RunDeps['trace']
  /** Hears of what is counted, as it happens; must return at once. */
  onCounted?: (event: RuleEvent) => void
  /** Between tries; by default waits, and stops waiting when the engine is disposed of. */
  pause?: Pause
}

export interface Rules extends AsyncDisposable, Confirmations {
  /** Resolves once every message so far has been through its rules. */
  idle: () => Promise<void>
  /** Messages that found no room in the queue since the start. */
  dropped: () => number
  /** Messages that wait for their rules now. */
  waiting: () => number
  counts: Pick<RuleCounts, 'report' | 'totals'>
  /** Statements on trial. */
  watches: Pick<Watches, 'start' | 'report' | 'stop'>
}

/** What rules must not miss: the device that it is about waits, and is told nothing. */
const registeredEvents = '$aws/events/certificates/registered/'

/** Loads the rules that are switched on, and follows their changes until it is disposed of. */
export async function createRules(deps: RulesDeps): Promise<Rules> {
  const { store, fabric, forEachAccount, region, log } = deps
  await using stack = new AsyncDisposableStack()
  const trusted = stack.use(createTrustedOutbound())
  const send = createRequestSender({ ...deps, passesWordsOn: false })
  const sendToEndpoint = createRequestSender({ outbound: trusted, log, passesWordsOn: true })
  const stopping = new AbortController()
  const confirmations = stack.use(createConfirmations({ ...deps, send }))
  const counts = new RuleCounts(deps.now, deps.onCounted)
  const pause = deps.pause ?? pauseUntil(stopping.signal)
  const runDeps = toRunDeps({ ...deps, counts, pause }, { send, sendToEndpoint })
  const watches = stack.use(new Watches(deps))
  const dispatcher = stack.use(createDispatcher(runDeps))
  const findRule = (account: string, ruleName: string) => rules.find(account, ruleName)
  const failedFunctions = stack.use(new FailedFunctions({ ...runDeps, findRule }))
  stack.defer(() => stopping.abort())
  const rules = stack.use(
    new RuleSet({ read: store.read, fabric, region, log, ...createReceivers(deps, dispatcher) }),
  )
  stack.use(followChanges(fabric, rules, counts))
  stack.use(deps.functions.onFailure((failure) => failedFunctions.take(failure)))
  stack.use(await forEachAccount((accountId) => rules.serve(accountId)))
  const running = stack.move()
  return {
    requestConfirmation: confirmations.requestConfirmation,
    idle: async () => {
      await dispatcher.idle()
      await failedFunctions.idle()
    },
    dropped: () => dispatcher.dropped,
    waiting: () => dispatcher.waiting,
    counts,
    watches,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** A rule that is deleted is forgotten, with what was counted of it. */
function followChanges(fabric: Fabric, rules: RuleSet, counts: RuleCounts): Disposable {
  return fabric.onChange(async ({ kind, accountId, id: ruleName }) => {
    if (kind !== 'topic-rule') return
    if (!(await rules.reload(accountId, ruleName))) counts.forget({ accountId, ruleName })
  })
}

type Senders = Record<'send' | 'sendToEndpoint', SendRequest>

function toRunDeps(deps: RulesDeps & Pick<RunDeps, 'counts' | 'pause'>, senders: Senders): RunDeps {
  const { store } = deps
  const actions: ActionDeps = {
    ...deps,
    ...senders,
    isDestinationEnabled: (accountId, url) => isDestinationEnabled(store.read, accountId, url),
  }
  return { ...deps, actions }
}

function createDispatcher(deps: RunDeps): Dispatcher {
  return new Dispatcher({
    run: (work) => runRule(deps, work),
    onOverflow: (work, dropped) => {
      deps.log.warn({ ruleName: work.rule.identity.ruleName, dropped }, 'messages to a rule were dropped')
      logOverflow(deps, work, dropped)
    },
  })
}

function createReceivers({ now, iotLogging }: RulesDeps, dispatcher: Dispatcher) {
  /** All rules of a message share what is parsed of it. */
  const arrivals = new WeakMap<Message, Arrival>()
  const arrivalOf = (message: Message): Arrival => {
    const known = arrivals.get(message)
    if (known) return known
    const arrival = toArrival(message, now())
    arrivals.set(message, arrival)
    return arrival
  }
  return {
    receive: (rule: Parameters<typeof dispatcher.offer>[0]['rule'], message: Message) =>
      dispatcher.offer(
        { rule, arrival: arrivalOf(message) },
        { isPrecious: message.topic.startsWith(registeredEvents) },
      ),
    onUnknownRule: (ruleName: string, message: Message) =>
      iotLogging.log({
        ...entryOf(message.accountId, ruleName, arrivalOf(message)),
        level: 'ERROR',
        eventType: 'RuleNotFound',
        status: 'Failure',
        reason: 'RuleNotFound',
        details: `there is no enabled rule named ${ruleName.slice(0, 128)}`,
      }),
  }
}

function pauseUntil(stop: AbortSignal): Pause {
  return (ms) =>
    new Promise((resolve) => {
      if (stop.aborted) return resolve()
      const timer = setTimeout(done, ms)
      function done() {
        clearTimeout(timer)
        stop.removeEventListener('abort', done)
        resolve()
      }
      stop.addEventListener('abort', done)
    })
}
