/** Where messages go, what runs then, and what is logged of it. */
import { destinationActions, type Destination } from '../destinations/actions.ts'
import { functionActions } from '../functions/actions.ts'
import { groupHref } from '../logs/href.ts'
import { groupActions } from '../logs/actions.ts'
import { retainedActions, retainedHref } from '../retained/actions.ts'
import { ruleActions, type RuleState } from '../rules/actions.ts'
import { PageLink } from '../../kit/page-link.tsx'
import { shown } from '../../kit/shown.ts'
import { Status } from '../../kit/status.tsx'
import { showTime } from '../../kit/time.ts'
import { iot, lambdaMarkers, linked, status, time, tokens, valueOf, type List, type Row } from './list.tsx'

const namesOf = (rows: readonly Row[], member: string) => rows.map((row) => valueOf(row, member))

export const messageLists: readonly List[] = [
  {
    path: '/rules',
    section: 'Message routing',
    title: 'Rules',
    description:
      'They take messages on a topic to actions, such as a function that decides about a new device.',
    call: iot('ListTopicRules', { maxResults: 100 }),
    paging: tokens,
    rows: 'rules',
    id: 'ruleName',
    create: { label: 'Create rule', href: '/create/rule', needs: iot('CreateTopicRule') },
    actionsOf: (rows) => ruleActions(rows as unknown as RuleState[]),
    columns: [
      { header: 'Name', member: 'ruleName', show: linked('ruleName', '/rules') },
      {
        header: 'Status',
        member: 'ruleDisabled',
        show: (row) => <Status value={row['ruleDisabled'] === true ? 'DISABLED' : 'ENABLED'} />,
      },
      { header: 'Created', member: 'createdAt', show: time('createdAt') },
      { header: 'Rule topic', member: 'topicPattern' },
    ],
  },
  {
    path: '/destinations',
    section: 'Message routing',
    title: 'Destinations',
    description: 'Web services that have said that they want messages of rules.',
    call: iot('ListTopicRuleDestinations', { maxResults: 100 }),
    paging: tokens,
    rows: 'destinationSummaries',
    id: 'arn',
    create: {
      label: 'Create destination',
      href: '/create/destination',
      needs: iot('CreateTopicRuleDestination'),
    },
    actionsOf: (rows) => destinationActions(rows as unknown as Destination[]),
    columns: [
      {
        header: 'Confirmation URL',
        member: 'httpUrlSummary',
        show: (row) => (
          <PageLink href={`/destinations/destination?arn=${encodeURIComponent(valueOf(row, 'arn'))}`}>
            {shown((row as unknown as Destination).httpUrlSummary?.confirmationUrl ?? valueOf(row, 'arn'))}
          </PageLink>
        ),
      },
      { header: 'Status', member: 'status', show: status('status') },
      { header: 'Reason', member: 'statusReason' },
      { header: 'Created', member: 'createdAt', show: time('createdAt') },
    ],
  },
  {
    path: '/retained-messages',
    section: 'Message routing',
    title: 'Retained messages',
    description: 'The last message of a topic, for whoever subscribes later.',
    call: { service: 'iot-data', operation: 'ListRetainedMessages', input: { maxResults: 100 } },
    paging: tokens,
    rows: 'retainedTopics',
    id: 'topic',
    actionsOf: (rows) => retainedActions(namesOf(rows, 'topic')),
    columns: [
      {
        header: 'Topic',
        member: 'topic',
        show: (row) => (
          <PageLink href={retainedHref(valueOf(row, 'topic'))}>
            <span className="anywhere">{shown(valueOf(row, 'topic'))}</span>
          </PageLink>
        ),
      },
      { header: 'QoS', member: 'qos' },
      { header: 'Payload size (bytes)', member: 'payloadSize' },
      {
        header: 'Last modified',
        member: 'lastModifiedTime',
        show: (row) => showTime(Number(row['lastModifiedTime']) / 1000),
      },
    ],
  },
  {
    path: '/functions',
    section: 'Functions',
    title: 'Functions',
    description: 'Code that runs when a rule, or a person, invokes it.',
    call: { service: 'lambda', operation: 'ListFunctions', input: { MaxItems: 50 } },
    paging: lambdaMarkers,
    rows: 'Functions',
    id: 'FunctionName',
    create: {
      label: 'Create function',
      href: '/create/function',
      needs: { service: 'lambda', operation: 'CreateFunction' },
    },
    actionsOf: (rows) => functionActions(namesOf(rows, 'FunctionName')),
    columns: [
      { header: 'Function name', member: 'FunctionName', show: linked('FunctionName', '/functions') },
      { header: 'Description', member: 'Description' },
      { header: 'Runtime', member: 'Runtime' },
      {
        header: 'Last modified',
        member: 'LastModified',
        show: (row) => showTime(valueOf(row, 'LastModified')),
      },
    ],
  },
  {
    path: '/log-groups',
    section: 'Logs',
    title: 'Log groups',
    description: 'What functions print, what rules send, and what is logged of devices.',
    call: { service: 'logs', operation: 'DescribeLogGroups', input: {} },
    paging: tokens,
    rows: 'logGroups',
    id: 'logGroupName',
    actionsOf: (rows) => groupActions(namesOf(rows, 'logGroupName')),
    columns: [
      {
        header: 'Log group',
        member: 'logGroupName',
        show: (row) => (
          <PageLink href={groupHref(valueOf(row, 'logGroupName'))}>
            {shown(valueOf(row, 'logGroupName'))}
          </PageLink>
        ),
      },
      { header: 'Retention (days)', member: 'retentionInDays' },
      { header: 'Stored bytes', member: 'storedBytes' },
    ],
  },
]
