/**
 * Functions run after their rule is done with a message. When one fails on it, the journal of the device tells of each
 * attempt; when it is given up, that is a failure of the rule's action.
 */
import type { FunctionFailure } from '../../functions/index.ts'
import { lambdaAction } from '../actions/lambda.ts'
import { readMemo } from '../actions/invocation-memo.ts'
import { iotService } from '../actions/service-role.ts'
import type { ActiveRule } from './active-rule.ts'
import { toArrival } from './arrival.ts'
import { logFailedAttempt, logFault, type Occasion, type RuleFault } from './rule-log.ts'
import { tellFaults, type RunDeps } from './run-rule.ts'

export interface FailedFunctionsDeps extends RunDeps {
  findRule: (accountId: string, ruleName: string) => ActiveRule | undefined
}

/** Functions answer with whole stacks and documents. */
const maxErrorCharacters = 1000

export class FailedFunctions implements AsyncDisposable {
  readonly #deps: FailedFunctionsDeps
  readonly #telling = new Set<Promise<void>>()

  constructor(deps: FailedFunctionsDeps) {
    this.#deps = deps
  }

  /** Returns at once, and never throws: who tells of the failure has other work. */
  take(failure: FunctionFailure): void {
    const { service, memo } = failure.source
    if (service !== iotService || memo === undefined) return // not from a rule
    const telling = this.#tell(failure, memo)
      .catch((error: unknown) => {
        this.#deps.log.error({ error, functionName: failure.functionName }, 'a failure could not be told')
      })
      .finally(() => this.#telling.delete(telling))
    this.#telling.add(telling)
  }

  async idle(): Promise<void> {
    await Promise.all(this.#telling)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.idle()
  }

  async #tell(failure: FunctionFailure, memo: string): Promise<void> {
    const { accountId, functionName, attempt, isFinal, errorType, errorMessage } = failure
    const { ruleName, functionArn, traceId, message } = readMemo(accountId, memo)
    const arrival = toArrival(message, this.#deps.now(), traceId)
    const occasion: Occasion = { rule: { accountId, ruleName }, arrival }
    const error = `${errorType}: ${errorMessage}`.slice(0, maxErrorCharacters)
    logFailedAttempt(this.#deps, occasion, { functionName, attempt, error })
    if (!isFinal) return
    const fault: RuleFault = {
      failedAction: lambdaAction,
      failedResource: functionArn,
      errorMessage: error,
      label: 'FunctionArn',
    }
    const rule = this.#deps.findRule(accountId, ruleName)
    if (rule) await tellFaults(this.#deps, { rule, arrival }, [fault])
    else logFault(this.#deps, occasion, fault) // the rule is gone, and its action for errors with it
  }
}
