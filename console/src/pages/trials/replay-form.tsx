/** Another try for all certificates of a CA that wait, by when they were registered. */
import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call, type OperationCall } from '../../api/call.ts'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Failure } from '../../kit/failure.tsx'
import { TextField } from '../../kit/field.tsx'
import { text } from '../../text/en.ts'

interface Page {
  retried: { certificateId: string; code: string }[]
  nextToken?: string
}

/** How many came to what, told after each page. */
function useReplay(onProgress: (counts: ReadonlyMap<string, number>) => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async (operation: OperationCall) => {
      const counts = new Map<string, number>()
      let nextToken: string | undefined
      do {
        const input = { ...operation.input, ...(nextToken !== undefined && { nextToken }) }
        const page = await call<Page>({ ...operation, input })
        for (const { code } of page.retried) counts.set(code, (counts.get(code) ?? 0) + 1)
        onProgress(new Map(counts))
        nextToken = page.nextToken
      } while (nextToken !== undefined)
    },
    onSettled: () => void queries.invalidateQueries(),
  })
}

export function ReplayForm({ caCertificateId, onClose }: { caCertificateId: string; onClose: () => void }) {
  const [from, setFrom] = useState('')
  const [to, setTo] = useState('')
  const [counts, setCounts] = useState<ReadonlyMap<string, number>>()
  const replay = useReplay(setCounts)
  const operation: OperationCall = {
    service: 'muster',
    operation: 'RetryRegistration',
    input: {
      caCertificateId,
      ...(from.trim() !== '' && { from: from.trim() }),
      ...(to.trim() !== '' && { to: to.trim() }),
    },
  }
  return (
    <Modal
      visible
      header="Try waiting devices again"
      closeAriaLabel={text.close}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              {text.close}
            </Button>
            <Button variant="primary" loading={replay.isPending} onClick={() => replay.mutate(operation)}>
              Try again
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Box>
          For every certificate of this CA that is PENDING_ACTIVATION, the template of the CA runs again;
          without one, the registration event is published again.
        </Box>
        <TextField
          label="Registered since - optional"
          placeholder="2026-01-31T12:00Z"
          value={from}
          onChange={setFrom}
        />
        <TextField
          label="Registered until - optional"
          placeholder="2026-01-31T13:00Z"
          value={to}
          onChange={setTo}
        />
        {replay.error ? <Failure error={replay.error} /> : null}
        {counts ? <Outcome counts={counts} isDone={!replay.isPending} /> : null}
        <CliEquivalent calls={[operation]} />
      </SpaceBetween>
    </Modal>
  )
}

function Outcome({ counts, isDone }: { counts: ReadonlyMap<string, number>; isDone: boolean }) {
  const told = [...counts].map(([code, count]) => `${count} ${code}`).join(', ')
  return <Alert type={isDone ? 'success' : 'info'}>{told === '' ? 'None of them waits.' : told}</Alert>
}
