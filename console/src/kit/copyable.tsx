import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard'
import { text as words } from '../text/en.ts'

/** Text with a button that copies it; `what` names it, e.g. `the ARN`. */
export function Copyable({ text, what }: { text: string; what: string }) {
  return (
    <CopyToClipboard
      variant="inline"
      textToCopy={text}
      copyButtonAriaLabel={`${words.copy} ${what}`}
      copySuccessText={words.copied}
      copyErrorText={words.copyFailed}
    />
  )
}
