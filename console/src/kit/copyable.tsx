import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard'
import { text as words } from '../text/en.ts'

interface CopyProps {
  text: string
  what: string
}

/** Text with a button that copies it; `what` names it, e.g. `the ARN`. */
export function Copyable({ text, what }: CopyProps) {
  return (
    <CopyToClipboard
      variant="inline"
      textToCopy={text}
      copyButtonAriaLabel={`${words.copy} ${what}`}
      {...outcomes}
    />
  )
}

/** A button for what is shown beside it. */
export function CopyButton({ text, what }: CopyProps) {
  return (
    <CopyToClipboard
      textToCopy={text}
      copyButtonText={words.copy}
      copyButtonAriaLabel={`${words.copy} ${what}`}
      {...outcomes}
    />
  )
}

const outcomes = { copySuccessText: words.copied, copyErrorText: words.copyFailed }
