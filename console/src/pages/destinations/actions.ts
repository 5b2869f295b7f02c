import type { Action, AskedAction } from '../../kit/action.ts'

export interface Destination {
  arn: string
  status: string
  statusReason?: string
  httpUrlSummary?: { confirmationUrl?: string }
}

const iot = (operation: string, input: object) => ({ service: 'iot', operation, input })

/** A new state; `from`: the one that it is reached from, and what to say in any other. */
interface Update {
  label: string
  status: string
  question: string
  from?: { status: string; otherwise: string }
}

const updates: readonly Update[] = [
  {
    label: 'Send confirmation message',
    status: 'IN_PROGRESS',
    question: 'The web service is sent a new token; the destination is enabled once it gives it back.',
  },
  {
    label: 'Enable',
    status: 'ENABLED',
    question: 'Rules send it messages again.',
    from: {
      status: 'DISABLED',
      otherwise: 'Only what was disabled can be enabled; others have to be confirmed',
    },
  },
  {
    label: 'Disable',
    status: 'DISABLED',
    question: 'Rules send it no messages until it is enabled again.',
    from: { status: 'ENABLED', otherwise: 'It is not enabled' },
  },
]

function toAction(
  { label, status, question, from }: Update,
  destinations: readonly Destination[],
): AskedAction {
  const mayFollow =
    from === undefined || destinations.every((destination) => destination.status === from.status)
  return {
    label,
    question,
    operation: destinations.map(({ arn }) => iot('UpdateTopicRuleDestination', { arn, status })),
    disabledReason: noneOf(destinations) ?? (mayFollow ? undefined : from.otherwise),
  }
}

const noneOf = (destinations: readonly Destination[]) =>
  destinations.length === 0 ? 'Select a destination first' : undefined

/** What can be done to destinations; `onGone` once they are deleted. */
export const destinationActions = (
  destinations: readonly Destination[],
  onGone?: () => void,
): readonly Action[] => [
  {
    label: 'Confirm and enable',
    href: '/destinations/confirm',
    needs: iot('ConfirmTopicRuleDestination', {}),
  },
  ...updates.map((update) => toAction(update, destinations)),
  {
    label: 'Delete',
    operation: destinations.map(({ arn }) => iot('DeleteTopicRuleDestination', { arn })),
    question: 'Rules can send it no messages any more.',
    typed: 'delete',
    disabledReason: noneOf(destinations),
    onDone: onGone,
  },
]
