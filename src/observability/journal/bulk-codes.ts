import type { ReasonCode } from './reason-code.ts'

/** How tasks of bulk registration ended. */
export const bulkCodes = {
  'bulk-registered': {
    level: 'info',
    meaning: 'A bulk registration has ended, and each of its lines was carried out.',
    advice: '',
  },
  'bulk-not-registered': {
    level: 'warn',
    meaning:
      'A bulk registration has ended, and lines of it were not carried out: they failed, or it was stopped or could not be begun.',
    advice:
      '`aws iot list-thing-registration-task-reports --report-type ERRORS --task-id <task>` gives the lines that failed, each with its reason (docs/bulk.md).',
  },
} as const satisfies Record<string, ReasonCode>
