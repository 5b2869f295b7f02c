/** Source: AWS IoT Developer Guide, "Republish". */
import type { RepublishAction } from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import { NoRoomError, type Message } from '../../fabric/in-process/index.ts'
import { iotArn } from '../../lib/arn.ts'
import { countSlashes, isTopicName } from '../../lib/topic-filter.ts'
import { ActionFailure } from './action-failure.ts'
import type { ActionDeps, ActionScope, PreparedAction } from './action.ts'
import { parseField } from './field.ts'
import { prepareHeaders } from './republish-headers.ts'
import { checkRoleAllows } from './service-role.ts'

/** How many rules may republish a message one after another. */
const maxHops = 10
/** AWS General Reference, "AWS IoT Core message broker limits". */
const maxTopicBytes = 256
const maxSlashes = 7
const maxPayloadBytes = 131_072

/** The reserved topics that a rule may publish to; the others tell what the server did. */
const publishable = ['$aws/things/', '$aws/rules/']

/** @throws {AwsError} `InvalidRequestException` */
export function prepareRepublish(action: RepublishAction, scope: ActionScope): PreparedAction {
  const { roleArn = '', topic = '', qos } = action
  const field = parseField(topic, 'topic', scope)
  const fault = field.literal === undefined ? undefined : findTopicFault(field.literal)
  if (fault !== undefined) throw iotError('InvalidRequestException', `${scope.place}.topic ${fault}`)
  const fillHeaders = action.headers && prepareHeaders(action.headers, scope)
  return {
    name: 'RepublishAction',
    roleArn,
    aim({ rule, message, hops, output }, deps) {
      const to = field.fill(message)
      const properties = fillHeaders?.(message)
      const { accountId } = rule
      const deliver = async () => {
        checkMessage(to, output, hops)
        const resource = iotArn({ accountId, region: deps.region }, `topic/${to}`)
        await checkRoleAllows(deps, { rule, roleArn }, [['iot:Publish', resource]])
        await publish(deps, {
          accountId,
          topic: to,
          payload: output,
          qos: qos === 1 ? 1 : 0,
          retain: false,
          hops: hops + 1,
          ...(properties && { properties }),
        })
      }
      return { label: 'RepublishTopic', resource: to, deliver }
    },
  }
}

/** Not tried again when a subscriber has no room: the others would get the message again. */
async function publish({ fabric }: Pick<ActionDeps, 'fabric'>, message: Message): Promise<void> {
  try {
    await fabric.publish(message)
  } catch (cause) {
    throw cause instanceof NoRoomError ? new ActionFailure(cause.message, { cause }) : cause
  }
}

function checkMessage(topic: string, payload: Uint8Array, hops: number): void {
  const fault = findTopicFault(topic)
  if (fault !== undefined) throw new ActionFailure(`the topic ${fault}`)
  if (payload.length > maxPayloadBytes)
    throw new ActionFailure(
      `a message has at most ${maxPayloadBytes} bytes; this one would have ${payload.length}`,
    )
  if (hops >= maxHops)
    throw new ActionFailure(
      `${maxHops} rules have republished this message one after another: it ends here, as rules may feed each other`,
    )
}

/** A phrase about the topic, or nothing when it may be published to. */
function findTopicFault(topic: string): string | undefined {
  if (!isTopicName(topic)) return `must be a topic without wildcards; it is "${topic}"`
  if (topic.startsWith('$') && !publishable.some((start) => topic.startsWith(start)))
    return `is reserved: of those with $ a rule may publish to ${publishable.join(', ')}; it is "${topic}"`
  const counted = topic.replace(/^\$aws\/rules\/[^/]+\//, '')
  if (Buffer.byteLength(counted) > maxTopicBytes) return `must have at most ${maxTopicBytes} bytes`
  if (countSlashes(counted) > maxSlashes) return `must have at most ${maxSlashes} slashes; it is "${topic}"`
  return undefined
}
