import { iotArn, type ArnScope } from '../../lib/arn.ts'
import { deviceActions, type DeviceAction } from '../../lib/device-actions.ts'
import type { Decision } from '../../access/policies/index.ts'
import type { DeviceAuthorization } from './authorization.ts'

const maxRemembered = 1024

/** What one client may do. Answers are remembered until the policies change, so the hot path builds no ARN. */
export class Rights {
  readonly #authorization: DeviceAuthorization
  readonly #scope: ArnScope
  #known: Map<DeviceAction, Map<string, Decision>> | undefined
  #version: number

  constructor(authorization: DeviceAuthorization, scope: ArnScope) {
    this.#authorization = authorization
    this.#scope = scope
    this.#version = authorization.version
  }

  /** `name` is a client id, a topic, or a topic filter, as the action asks. */
  decide(action: DeviceAction, name: string): Decision {
    if (!this.#authorization.canRemember)
      return this.#authorization.decide(action, this.resource(action, name))
    if (this.#authorization.version !== this.#version) this.#forgetAll()
    const all = (this.#known ??= new Map<DeviceAction, Map<string, Decision>>())
    let decisions = all.get(action)
    if (!decisions) all.set(action, (decisions = new Map()))
    const known = decisions.get(name)
    if (known) return known
    const decision = this.#authorization.decide(action, this.resource(action, name))
    if (decisions.size >= maxRemembered) decisions.clear()
    decisions.set(name, decision)
    return decision
  }

  resource(action: DeviceAction, name: string): string {
    return iotArn(this.#scope, `${deviceActions[action]}/${name}`)
  }

  #forgetAll(): void {
    this.#known = undefined
    this.#version = this.#authorization.version
  }
}
