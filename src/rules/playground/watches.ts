/** The watches that are under way, a few of an account: they end by themselves. */
import { iotError } from '../../api/aws/errors.ts'
import type { Fabric } from '../../fabric/in-process/index.ts'
import { parseStatement } from '../prepare-rule.ts'
import { topicFilterOf } from '../sql/index.ts'
import type { Statement } from './sample.ts'
import { Watch, type WatchReport } from './watch.ts'

export interface WatchesDeps {
  fabric: Pick<Fabric, 'subscribe'>
  now: () => Date
  durationMs?: number
}

/** As long as a person looks. */
const defaultDurationMs = 60_000
const maxWatches = 5
/** For whoever asks at the very end. */
const keptMs = 10_000

export class Watches implements AsyncDisposable {
  readonly #deps: WatchesDeps
  readonly #watches = new Map<string, Watch>()

  constructor(deps: WatchesDeps) {
    this.#deps = deps
  }

  /**
   * @throws {AwsError} `SqlParseException`; `InvalidRequestException` for a statement without FROM;
   * `LimitExceededException` when the account watches enough
   */
  start(accountId: string, { sql, version }: Statement): WatchReport {
    const query = parseStatement(sql, version)
    const topicFilter = topicFilterOf(query)
    if (topicFilter === undefined)
      throw iotError(
        'InvalidRequestException',
        'a statement without FROM gets messages of Basic Ingest alone, which nobody can watch',
      )
    this.#forgetEnded()
    const running = this.#watches.values().filter((watch) => watch.accountId === accountId)
    if (running.toArray().length >= maxWatches)
      throw iotError('LimitExceededException', `an account has at most ${maxWatches} watches at a time`)
    const { fabric, now, durationMs = defaultDurationMs } = this.#deps
    const subscribe = fabric.subscribe.bind(fabric, accountId)
    const watch = new Watch({ now, subscribe }, { accountId, query, topicFilter, durationMs })
    const report = watch.report()
    this.#watches.set(report.watchId, watch)
    return report
  }

  /** @throws {AwsError} `ResourceNotFoundException` */
  report(accountId: string, watchId: string): WatchReport {
    return this.#get(accountId, watchId).report()
  }

  /** @throws {AwsError} `ResourceNotFoundException` */
  async stop(accountId: string, watchId: string): Promise<void> {
    const watch = this.#get(accountId, watchId)
    this.#watches.delete(watchId)
    await watch[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [watchId, watch] of this.#watches) {
      this.#watches.delete(watchId)
      await watch[Symbol.asyncDispose]()
    }
  }

  #get(accountId: string, watchId: string): Watch {
    const watch = this.#watches.get(watchId)
    if (watch?.accountId === accountId) return watch
    throw iotError('ResourceNotFoundException', 'there is no such watch, or it ended long ago')
  }

  #forgetEnded(): void {
    const before = this.#deps.now().getTime() - keptMs
    for (const [watchId, watch] of this.#watches) {
      const { isOver, endsAt } = watch.report()
      if (isOver && endsAt.getTime() < before) this.#watches.delete(watchId)
    }
  }
}
