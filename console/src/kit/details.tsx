import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import type { ReactNode } from 'react'

/** The facts about one resource. */
export function Details({
  title,
  facts,
  actions,
}: {
  title: string
  facts: Record<string, ReactNode>
  actions?: ReactNode
}) {
  return (
    <Container
      header={
        <Header variant="h2" actions={actions}>
          {title}
        </Header>
      }
    >
      <KeyValuePairs
        columns={3}
        minColumnWidth={180}
        items={Object.entries(facts).map(([label, value]) => ({ label, value: value ?? '–' }))}
      />
    </Container>
  )
}
