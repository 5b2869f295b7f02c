/** A form around calls: says what they are, sends them, shows at each field what the server found wrong with it. */
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Form from '@cloudscape-design/components/form'
import Header from '@cloudscape-design/components/header'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useRouter } from '@tanstack/react-router'
import { useId, type ReactNode, type SyntheticEvent } from 'react'
import { text } from '../text/en.ts'
import { CliEquivalent } from './cli-equivalent.tsx'
import { FormFaults } from './field.tsx'
import { useMissingPermissions } from './permissions.ts'
import { listCalls, useChange, type Calls } from './use-change.ts'

export interface FormProps<Output> {
  title: string
  submitLabel: string
  /** As the fields stand. */
  calls: Calls
  /** What has to be given before it can be sent. */
  missing?: string | undefined
  /** Gets the answer of the last call. */
  onDone?: ((output: Output) => void) | undefined
  children: ReactNode
}

/** A dialog. It is there until `onClose` takes it away, after the calls, too. */
export function FormModal<Output>(props: FormProps<Output> & { onClose: () => void; isLarge?: boolean }) {
  const { title, submitLabel, calls, missing, onDone, onClose, children, isLarge = false } = props
  const form = useId()
  const change = useChange<Output>((output) => {
    onClose()
    onDone?.(output)
  })
  return (
    <Modal
      visible
      size={isLarge ? 'large' : 'medium'}
      header={title}
      closeAriaLabel={text.close}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              {text.cancel}
            </Button>
            <Submit
              form={form}
              label={submitLabel}
              missing={missing}
              calls={calls}
              isSending={change.isPending}
            />
          </SpaceBetween>
        </Box>
      }
    >
      <form id={form} onSubmit={submitting(missing, () => change.mutate(calls))}>
        <SpaceBetween size="m">
          <FormFaults error={change.error}>{children}</FormFaults>
          <CliEquivalent calls={listCalls(calls)} />
        </SpaceBetween>
      </form>
    </Modal>
  )
}

/** A page. `cancelHref`: the path below `/console` that its Cancel leads to. */
export function FormPage<Output>(props: FormProps<Output> & { description?: string; cancelHref: string }) {
  const { title, description, submitLabel, calls, missing, onDone, cancelHref, children } = props
  const router = useRouter()
  const change = useChange(onDone)
  return (
    <form onSubmit={submitting(missing, () => change.mutate(calls))}>
      <Form
        header={
          <Header variant="h1" description={description}>
            {title}
          </Header>
        }
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button
              formAction="none"
              variant="link"
              onClick={() => router.history.push(`/console${cancelHref}`)}
            >
              {text.cancel}
            </Button>
            <Submit label={submitLabel} missing={missing} calls={calls} isSending={change.isPending} />
          </SpaceBetween>
        }
      >
        <SpaceBetween size="l">
          <FormFaults error={change.error}>{children}</FormFaults>
          <CliEquivalent calls={listCalls(calls)} />
        </SpaceBetween>
      </Form>
    </form>
  )
}

/** A form within another one is sent alone. */
const submitting = (missing: string | undefined, send: () => void) => (event: SyntheticEvent) => {
  event.preventDefault()
  event.stopPropagation()
  if (missing === undefined) send()
}

interface SubmitProps {
  label: string
  missing: string | undefined
  calls: Calls
  isSending: boolean
  form?: string
}

function Submit({ label, missing, calls, isSending, form }: SubmitProps) {
  const [denied] = useMissingPermissions([calls])
  const reason = denied ?? missing
  return (
    <Button
      variant="primary"
      {...(form !== undefined && { form })}
      loading={isSending}
      disabled={reason !== undefined}
      disabledReason={reason}
    >
      {label}
    </Button>
  )
}
