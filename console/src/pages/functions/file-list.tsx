import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { shown } from '../../kit/shown.ts'
import type { Edits } from './package.ts'

interface FileListProps {
  paths: readonly string[]
  /** The one that is shown. */
  open: string
  edits: Edits
  onOpen: (path: string) => void
  onAdd: (path: string) => void
  onRemove: (path: string) => void
}

/** The files of a package; those that were changed have a dot. */
export function FileList({ paths, open, edits, onOpen, onAdd, onRemove }: FileListProps) {
  return (
    <SpaceBetween size="xs">
      <Box variant="awsui-key-label">Files</Box>
      <nav aria-label="Files">
        <SpaceBetween size="xxs">
          {paths.map((path) => (
            <Button
              key={path}
              variant="inline-link"
              iconName={path === open ? 'angle-right' : 'file'}
              ariaLabel={path}
              onClick={() => onOpen(path)}
            >
              {`${shown(path)}${edits.has(path) ? ' •' : ''}`}
            </Button>
          ))}
        </SpaceBetween>
      </nav>
      <NewFile paths={paths} onAdd={onAdd} />
      <Button
        disabled={paths.length < 2}
        disabledReason="A package has at least one file"
        onClick={() => onRemove(open)}
      >
        Delete file
      </Button>
    </SpaceBetween>
  )
}

function NewFile({ paths, onAdd }: { paths: readonly string[]; onAdd: (path: string) => void }) {
  const [path, setPath] = useState('')
  const wanted = path.trim().replace(/^\/+/, '')
  const isBad =
    wanted === '' || wanted.endsWith('/') || paths.includes(wanted) || /(^|\/)\.\.?(\/|$)/.test(wanted)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (isBad) return
        onAdd(wanted)
        setPath('')
      }}
    >
      <SpaceBetween size="xxs">
        <Input
          value={path}
          ariaLabel="Name of a new file"
          placeholder="lib/check.js"
          spellcheck={false}
          onChange={({ detail }) => setPath(detail.value)}
        />
        <Button disabled={isBad} disabledReason="Give it a name that is not taken">
          New file
        </Button>
      </SpaceBetween>
    </form>
  )
}
