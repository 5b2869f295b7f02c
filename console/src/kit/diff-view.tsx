import Box from '@cloudscape-design/components/box'
import { diffLines, type DiffLine } from './text-diff.ts'
import { shown } from './shown.ts'

const signs: Record<DiffLine['kind'], string> = { same: ' ', removed: '-', added: '+' }

/** What changed between two texts: each line with `-` or `+` before it, for those who see no colours. */
export function DiffView({ before, after, label }: { before: string; after: string; label: string }) {
  if (before === after) return <Box color="text-body-secondary">There is no difference.</Box>
  return (
    <pre className="diff" role="group" aria-label={label}>
      {diffLines(before, after).map(({ kind, text }, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- a line has no name but its place
        <span key={index} className={kind}>{`${signs[kind]} ${shown(text)}\n`}</span>
      ))}
    </pre>
  )
}
