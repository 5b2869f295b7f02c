/** Things that are registered in bulk. Source: AWS IoT Developer Guide, "Bulk registration"; AWS IoT API Reference. */
import type { Status as TaskStatus } from '@aws-sdk/client-iot'

export type { TaskStatus }

export interface TaskKey {
  accountId: string
  taskId: string
}

export interface RegistrationTask extends TaskKey {
  templateBody: string
  inputFileBucket: string
  inputFileKey: string
  roleArn: string
  status: TaskStatus
  message?: string | undefined
  /** Of the input file, once it was read. */
  input?: InputFacts | undefined
  /** Bytes of the input that are done. */
  nextOffset: number
  /** From 1. */
  nextLine: number
  successCount: number
  failureCount: number
  creationDate: Date
  lastModifiedDate: Date
}

/** By which a task knows its input again. */
export interface InputFacts {
  bytes: number
  /** Lower-case hex. */
  sha256: string
}

/** What AWS keeps a task and its reports for. */
export const keptMs = 30 * 86_400_000

/** 0 to 100; the part of the input that is done. */
export function percentageOf({ status, input, nextOffset }: RegistrationTask): number {
  if (status === 'Completed') return 100
  if (!input || input.bytes === 0) return 0
  return Math.floor((nextOffset * 100) / input.bytes)
}

/** Why a task ends as Failed, for whoever started it. */
export class TaskFailure extends Error {
  override readonly name = 'TaskFailure'
}
