/** Topic rule destinations over the AWS API. */
import { randomUUID } from 'node:crypto'
import type * as Iot from '@aws-sdk/client-iot'
import { iotError } from '../api/aws/errors.ts'
import type { Operations } from '../api/aws/operations.ts'
import { parsePage, toPage } from '../api/aws/page.ts'
import type { Outbound } from '../lib/outbound/outbound.ts'
import type { Store } from '../store/index.ts'
import { checkHost, readUrl } from './actions/http.ts'
import { confirmDestination, createToken, hashToken, type Confirmations } from './confirmations.ts'
import {
  createDestination,
  deleteDestination,
  getDestination,
  listDestinations,
  saveDestination,
} from './destination-store.ts'
import { describeDestination, nextStatus, parseDestinationArn, type Destination } from './destination.ts'

export interface DestinationsDeps {
  store: Store
  rules: Confirmations
  outbound: Pick<Outbound, 'findFault'>
  now: () => Date
}

export function destinationOperations({ store, rules, outbound, now }: DestinationsDeps) {
  const show = (destination: Destination, { region }: { region: string }) => ({
    ...describeDestination(destination, { region, now: now() }),
  })
  return {
    async CreateTopicRuleDestination({ destinationConfiguration }, context) {
      const confirmationUrl = readConfiguration(destinationConfiguration)
      checkHost(confirmationUrl, outbound)
      const created = {
        accountId: context.accountId,
        destinationId: randomUUID(),
        confirmationUrl,
        status: 'IN_PROGRESS' as const,
        statusReason: 'Awaiting confirmation.',
        createdAt: now(),
        lastUpdatedAt: now(),
      }
      const token = createToken()
      await store.transact((db) => createDestination(db, created, hashToken(token)))
      rules.requestConfirmation(created, token)
      return { topicRuleDestination: { ...show(created, context), httpUrlProperties: { confirmationUrl } } }
    },

    async ConfirmTopicRuleDestination({ confirmationToken }) {
      await confirmDestination({ store, now }, confirmationToken)
    },

    async GetTopicRuleDestination({ arn }, context) {
      const destination = await getDestination(
        store.read,
        context.accountId,
        parseDestinationArn(arn, context),
      )
      const { confirmationUrl } = destination
      return {
        topicRuleDestination: { ...show(destination, context), httpUrlProperties: { confirmationUrl } },
      }
    },

    async ListTopicRuleDestinations(input, context) {
      const page = parsePage(input)
      const destinations = await listDestinations(store.read, context.accountId, page)
      const { rows, nextToken } = toPage(destinations, page, ({ destinationId }) => destinationId)
      const destinationSummaries = rows.map((destination) => ({
        ...show(destination, context),
        httpUrlSummary: { confirmationUrl: destination.confirmationUrl },
      }))
      return { destinationSummaries, nextToken }
    },

    async UpdateTopicRuleDestination({ arn, status }, context) {
      const { accountId } = context
      const destinationId = parseDestinationArn(arn, context)
      const token = status === 'IN_PROGRESS' ? createToken() : undefined
      const updated = await store.transact(async (db) => {
        const { statusReason: _, ...destination } = await getDestination(db, accountId, destinationId)
        const next = { ...destination, status: nextStatus(destination, status), lastUpdatedAt: now() }
        await saveDestination(db, next, token === undefined ? undefined : hashToken(token))
        return next
      })
      if (token !== undefined) rules.requestConfirmation(updated, token)
    },

    async DeleteTopicRuleDestination({ arn }, context) {
      const { accountId } = context
      const destinationId = parseDestinationArn(arn, context)
      await store.transact(async (db) => {
        await getDestination(db, accountId, destinationId)
        await deleteDestination(db, accountId, destinationId)
      })
    },
  } satisfies Partial<Operations<typeof Iot>>
}

/** @throws {AwsError} `InvalidRequestException`, `NotImplementedException` */
function readConfiguration(configuration: Iot.TopicRuleDestinationConfiguration): string {
  if (configuration.vpcConfiguration)
    throw iotError('NotImplementedException', 'vpcConfiguration is not offered')
  const confirmationUrl = configuration.httpUrlConfiguration?.confirmationUrl
  if (confirmationUrl !== undefined && readUrl(confirmationUrl)) return confirmationUrl
  throw iotError(
    'InvalidRequestException',
    `httpUrlConfiguration.confirmationUrl must be an http or https URL; it is "${confirmationUrl ?? ''}"`,
  )
}
