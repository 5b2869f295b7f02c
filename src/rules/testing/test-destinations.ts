/** A rules engine with a web service that its destinations may be. */
import { openTestEngine, type TestEngine } from './test-engine.ts'
import { startWebService, type WebService } from './web-service.ts'

/** Of one test. */
export class DestinationScene implements AsyncDisposable {
  readonly engine: TestEngine
  readonly service: WebService

  constructor(engine: TestEngine, service: WebService) {
    this.engine = engine
    this.service = service
  }

  create = async (confirmationUrl = `${this.service.url}/hook`) => {
    const destinationConfiguration = { httpUrlConfiguration: { confirmationUrl } }
    const { operations, context } = this.engine
    const created = await operations.CreateTopicRuleDestination({ destinationConfiguration }, context)
    return created.topicRuleDestination
  }

  get = async (arn: string) => {
    const { operations, context } = this.engine
    return (await operations.GetTopicRuleDestination({ arn }, context)).topicRuleDestination
  }

  update = (arn: string, status: string) =>
    this.engine.operations.UpdateTopicRuleDestination(
      { arn, status: status as 'ENABLED' },
      this.engine.context,
    )

  confirm = (confirmationToken: string) =>
    this.engine.operations.ConfirmTopicRuleDestination({ confirmationToken })

  /** The token of the request that came as number `at`. */
  tokenAt = async (at: number) => {
    await this.service.count(at + 1)
    const body = this.service.received[at]?.body ?? ''
    return (JSON.parse(body) as { confirmationToken: string }).confirmationToken
  }

  createEnabled = async (confirmationUrl?: string) => {
    const { arn } = await this.create(confirmationUrl)
    await this.confirm(await this.tokenAt(this.service.received.length))
    return arn
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine[Symbol.asyncDispose]()
    await this.service[Symbol.asyncDispose]()
  }
}

export const openDestinationScene = async () =>
  new DestinationScene(await openTestEngine(), await startWebService())
