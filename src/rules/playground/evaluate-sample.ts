/**
 * What a rule would make of a message. Nothing runs and nothing outside is asked: functions that would need it, such as
 * `aws_lambda` or `get_thing_shadow`, are refused by name, as they are when a rule is made.
 */
import { matchesTopicFilter } from '../../lib/topic-filter.ts'
import {
  evaluateQuery,
  parseSql,
  SqlEvaluationError,
  SqlParseError,
  topicFilterOf,
  type Query,
  type RuleMessage,
  type RuleOutput,
} from '../sql/index.ts'
import type { Sample } from './sample.ts'

/** Where in the statement it goes wrong; lines and columns count from 1. */
interface StatementFault {
  stage: 'statement'
  message: string
  line: number
  column: number
  expected: string
}

/** That it goes wrong for this message, as it would reach the rule's error action. */
interface EvaluationFault {
  stage: 'evaluation'
  message: string
}

/** `text` is empty where SELECT gives nothing. */
type ShownOutput = { kind: 'json'; text: string } | { kind: 'bytes'; base64: string }

export type SampleResult =
  | { fault: StatementFault }
  | {
      /** Absent for a rule of Basic Ingest alone. */
      topicFilter?: string
      /** Whether the message's topic is one that FROM asks for. What follows is told either way. */
      topicMatches: boolean
      /** Whether WHERE is true; absent when the evaluation fails. */
      where?: boolean
      /** What the actions would get. */
      output?: ShownOutput
      fault?: EvaluationFault
    }

/** Takes bounded time: a statement has a budget of steps for a message. */
export function evaluateSample(sample: Sample): SampleResult {
  try {
    return evaluateOn(parseSql(sample.sql, sample.version), sample.message)
  } catch (error) {
    if (!(error instanceof SqlParseError)) throw error
    const { message, line, column, expected } = error
    return { fault: { stage: 'statement', message, line, column, expected } }
  }
}

function evaluateOn(query: Query, message: RuleMessage): SampleResult {
  const topicFilter = topicFilterOf(query)
  const about = {
    ...(topicFilter !== undefined && { topicFilter }),
    topicMatches: topicFilter === undefined || matchesTopicFilter(topicFilter, message.topic),
  }
  try {
    const result = evaluateQuery(query, message)
    if (!result.matched) return { ...about, where: false }
    return { ...about, where: true, output: show(result.output) }
  } catch (error) {
    if (!(error instanceof SqlEvaluationError)) throw error
    return { ...about, fault: { stage: 'evaluation', message: error.message } }
  }
}

function show(output: RuleOutput): ShownOutput {
  if (output.kind === 'json') return output
  return { kind: 'bytes', base64: Buffer.from(output.bytes).toString('base64') }
}
