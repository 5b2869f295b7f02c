import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../api/call.ts'
import { base64Of, bytesOf, encodeText, textOf } from '../../kit/bytes.ts'
import { lambda } from './function.ts'

interface Invoked {
  StatusCode: number
  FunctionError?: string
  LogResult?: string
  Payload?: string
  ExecutedVersion?: string
}

export interface TestResult {
  /** `Handled` or `Unhandled` when the function failed. */
  functionError?: string | undefined
  response: string
  logTail: string
  version: string
  /** The browser's clock, around the call. */
  tookMs: number
}

export interface Test {
  event: string
  setEvent: (event: string) => void
  run: () => void
  isRunning: boolean
  result: TestResult | undefined
  error: unknown
  callOf: (event: string) => ReturnType<typeof lambda>
}

const helloWorld = '{\n  "key1": "value1",\n  "key2": "value2",\n  "key3": "value3"\n}'

/** An event, and what came of it. */
export function useTest(FunctionName: string): Test {
  const [event, setEvent] = useState(helloWorld)
  const queries = useQueryClient()
  const callOf = (text: string) =>
    lambda('Invoke', {
      FunctionName,
      InvocationType: 'RequestResponse',
      LogType: 'Tail',
      Payload: base64Of(encodeText(text)),
    })
  const run = useMutation({
    mutationFn: async (): Promise<TestResult> => {
      const startedAt = performance.now()
      const invoked = await call<Invoked>(callOf(event))
      return {
        functionError: invoked.FunctionError,
        response: textIn(invoked.Payload),
        logTail: textIn(invoked.LogResult),
        version: invoked.ExecutedVersion ?? '',
        tookMs: performance.now() - startedAt,
      }
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['logs'] }),
  })
  return {
    event,
    setEvent,
    run: () => run.mutate(),
    isRunning: run.isPending,
    result: run.data,
    error: run.error,
    callOf,
  }
}

function textIn(base64: string | undefined): string {
  if (base64 === undefined) return ''
  return textOf(bytesOf(base64)) ?? base64
}

/** Of the line with which each invocation ends, e.g. `Duration: 12.34 ms`. */
export function readReport(logTail: string): Record<string, string> {
  const line = /^REPORT .*$/m.exec(logTail)?.[0] ?? ''
  const facts: Record<string, string> = {}
  for (const name of [
    'RequestId',
    'Duration',
    'Billed Duration',
    'Memory Size',
    'Max Memory Used',
    'Init Duration',
  ]) {
    const value = new RegExp(`(?:^|\\t|REPORT )${name}: ([^\\t]+)`).exec(line)?.[1]
    if (value !== undefined) facts[name] = value.trim()
  }
  return facts
}
