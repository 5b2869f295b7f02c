import ExpandableSection from '@cloudscape-design/components/expandable-section'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { OperationCall } from '../api/call.ts'
import { text } from '../text/en.ts'
import { Copyable } from './copyable.tsx'
import { toCli } from './to-cli.ts'

/** The calls behind a page, as a person would type them. */
export function CliEquivalent({ calls }: { calls: readonly OperationCall[] }) {
  return (
    <ExpandableSection headerText={text.showAsCli} variant="footer">
      <SpaceBetween size="xs">
        {calls.map(toCli).map((line) => (
          <Copyable key={line} text={line} what="the command" />
        ))}
      </SpaceBetween>
    </ExpandableSection>
  )
}
