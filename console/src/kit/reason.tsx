import Badge from '@cloudscape-design/components/badge'
import Popover from '@cloudscape-design/components/popover'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Box from '@cloudscape-design/components/box'
import { shown } from './shown.ts'
import { useOwn } from './use-call.ts'

export interface ReasonCode {
  level: 'info' | 'warn'
  meaning: string
  advice: string
}

/** What the codes of the journal mean, by code. */
export const useReasons = () =>
  useOwn<{ reasonCodes: Record<string, ReasonCode> }>('reason-codes').data?.reasonCodes ?? {}

/** A reason code; what it means and what to change is one click away. */
export function Reason({ code }: { code: string }) {
  const reason = useReasons()[code]
  return (
    <Popover
      triggerType="text"
      header={code}
      dismissAriaLabel="Close"
      content={
        <SpaceBetween size="xs">
          <Box>{reason?.meaning ?? ''}</Box>
          {reason?.advice ? <Box color="text-body-secondary">{reason.advice}</Box> : null}
        </SpaceBetween>
      }
    >
      <Badge color={reason?.level === 'warn' ? 'red' : 'grey'}>
        <span className="unbroken">{shown(code)}</span>
      </Badge>
    </Popover>
  )
}
