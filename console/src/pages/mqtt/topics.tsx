/** The topics that messages came on, as a tree: how many, how fast, and what came last. */
import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import TreeView from '@cloudscape-design/components/tree-view'
import { useEffect, useReducer, useState } from 'react'
import { shown } from '../../kit/shown.ts'
import { showPayload } from './payload.ts'
import { toTree, type TopicNode } from './topic-tree.ts'
import type { TopicStats } from './traffic.ts'

const lastCharacters = 80
const redrawMs = 2000

export function Topics({ topics, unlisted }: { topics: readonly TopicStats[]; unlisted: number }) {
  useRedraw()
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set())
  const tree = toTree(topics, Date.now())
  const open = listPaths(tree).filter((path) => !closed.has(path))
  return (
    <Container
      header={
        <Header
          variant="h2"
          counter={`(${topics.length})`}
          description={
            unlisted > 0 ? `${unlisted} messages came on further topics, which are not listed.` : undefined
          }
        >
          Topics
        </Header>
      }
    >
      {tree.length === 0 ? (
        <Box>No message has come yet.</Box>
      ) : (
        <TreeView<TopicNode>
          items={tree}
          ariaLabel="Topics"
          getItemId={({ path }) => path}
          getItemChildren={({ children }) => children}
          renderItem={(node) => ({
            content: <span className="anywhere">{shown(node.level) || '(empty)'}</span>,
            secondaryContent: secondary(node),
            announcementLabel: shown(node.path),
          })}
          expandedItems={open}
          onItemToggle={({ detail }) =>
            setClosed((before) => {
              const after = new Set(before)
              if (detail.expanded) after.delete(detail.id)
              else after.add(detail.id)
              return after
            })
          }
        />
      )}
    </Container>
  )
}

/** Rates fade while nothing comes. */
function useRedraw(): void {
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  useEffect(() => {
    const timer = setInterval(redraw, redrawMs)
    return () => clearInterval(timer)
  }, [])
}

const listPaths = (nodes: readonly TopicNode[]): string[] =>
  nodes.flatMap(({ path, children }) => [path, ...listPaths(children)])

function secondary({ stats, count, rate }: TopicNode): string {
  const last = stats ? ` · ${showPayload(stats.last.payload, 'text').slice(0, lastCharacters)}` : ''
  return `${count} · ${rate.toFixed(1)}/s${last}`
}
