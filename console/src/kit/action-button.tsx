import Button from '@cloudscape-design/components/button'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import Modal from '@cloudscape-design/components/modal'
import Box from '@cloudscape-design/components/box'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { call, type OperationCall } from '../api/call.ts'
import { text } from '../text/en.ts'
import { CliEquivalent } from './cli-equivalent.tsx'
import { Failure } from './failure.tsx'

interface ActionButtonProps {
  label: string
  operation: OperationCall
  /** What a person is asked before; the call is shown beside it. */
  question: string
  disabledReason?: string | undefined
  onDone?: () => void
}

/** One call, after a question; then everything shown is asked for again. */
export function ActionButton({ label, operation, question, disabledReason, onDone }: ActionButtonProps) {
  const [isAsking, setAsking] = useState(false)
  const queries = useQueryClient()
  const action = useMutation({
    mutationFn: () => call(operation),
    onSuccess: async () => {
      setAsking(false)
      onDone?.()
      await queries.invalidateQueries()
    },
  })
  return (
    <>
      <Button
        disabled={disabledReason !== undefined}
        disabledReason={disabledReason}
        onClick={() => setAsking(true)}
      >
        {label}
      </Button>
      <Modal
        visible={isAsking}
        header={label}
        closeAriaLabel={text.close}
        onDismiss={() => setAsking(false)}
        footer={
          <Box float="right">
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" onClick={() => setAsking(false)}>
                {text.cancel}
              </Button>
              <Button variant="primary" loading={action.isPending} onClick={() => action.mutate()}>
                {label}
              </Button>
            </SpaceBetween>
          </Box>
        }
      >
        <SpaceBetween size="m">
          <Box>{question}</Box>
          {action.error ? <Failure error={action.error} /> : null}
          <CliEquivalent calls={[operation]} />
        </SpaceBetween>
      </Modal>
    </>
  )
}
