import ExpandableSection from '@cloudscape-design/components/expandable-section'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { OperationCall } from '../api/call.ts'
import { text } from '../text/en.ts'
import { Copyable } from './copyable.tsx'
import { routeToCli, toCli } from './to-cli.ts'

interface CliEquivalentProps {
  calls?: readonly OperationCall[]
  /** Routes of Muster's own that are read, each below `/muster/v1/`, with its query. */
  routes?: readonly string[]
  /** What has no call: commands as they are typed. */
  lines?: readonly string[]
}

/** The calls behind a page, as a person would type them. */
export function CliEquivalent({ calls = [], routes = [], lines = [] }: CliEquivalentProps) {
  const all = [...calls.map(toCli), ...routes.map(routeToCli), ...lines]
  return (
    <ExpandableSection headerText={text.showAsCli} variant="footer">
      <SpaceBetween size="xs">
        {all.map((line) => (
          <Copyable key={line} text={line} what="the command" />
        ))}
      </SpaceBetween>
    </ExpandableSection>
  )
}
