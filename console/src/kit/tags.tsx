/** The tags of a resource, those that are options of Muster among them. */
import { useState } from 'react'
import type { OperationCall } from '../api/call.ts'
import { ActionButton } from './action-button.tsx'
import { FormModal } from './form.tsx'
import { PairsEditor, toPairs, toRecord, type Pair } from './pairs-editor.tsx'
import { RelatedTable } from './related-table.tsx'
import { shown } from './shown.ts'
import { useCall } from './use-call.ts'

interface Tag {
  Key: string
  Value?: string
}

const iot = (operation: string, input: object): OperationCall => ({ service: 'iot', operation, input })
const listTags = (resourceArn: string) => iot('ListTagsForResource', { resourceArn })
const tagsIn = (output: Record<string, unknown>) => (output['tags'] ?? []) as Tag[]

/** What makes the tags of a resource those that are wanted, and leaves what is so already. */
export function changeTags(
  resourceArn: string,
  before: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string | undefined>>,
): OperationCall[] {
  const tagKeys = Object.keys(before).filter((key) => wanted[key] === undefined)
  const tags = Object.entries(wanted).flatMap(([Key, Value]) =>
    Value === undefined || before[Key] === Value ? [] : [{ Key, Value }],
  )
  return [
    ...(tags.length > 0 ? [iot('TagResource', { resourceArn, tags })] : []),
    ...(tagKeys.length > 0 ? [iot('UntagResource', { resourceArn, tagKeys })] : []),
  ]
}

export const toTagRecord = (tags: readonly Tag[]): Record<string, string> =>
  Object.fromEntries(tags.map(({ Key, Value = '' }) => [Key, Value]))

/** By key; empty while it is not known. */
export const useTags = (resourceArn: string) => {
  const { data } = useCall<{ tags?: Tag[] }>(listTags(resourceArn))
  return data && toTagRecord(data.tags ?? [])
}

export function Tags({ resourceArn }: { resourceArn: string }) {
  const before = useTags(resourceArn)
  return (
    <RelatedTable<Tag>
      title="Tags"
      call={listTags(resourceArn)}
      itemsOf={tagsIn}
      idOf={({ Key }) => Key}
      columns={[
        { header: 'Key', cell: ({ Key }) => shown(Key) },
        { header: 'Value', cell: ({ Value = '' }) => shown(Value) || '–' },
      ]}
      actions={
        <ActionButton
          label="Manage tags"
          disabledReason={before ? undefined : 'They are not known yet'}
          needs={[iot('TagResource', {}), iot('UntagResource', {})]}
          form={(close) => <TagsForm resourceArn={resourceArn} before={before ?? {}} onClose={close} />}
        />
      }
    />
  )
}

interface TagsFormProps {
  resourceArn: string
  before: Readonly<Record<string, string>>
  onClose: () => void
}

function TagsForm({ resourceArn, before, onClose }: TagsFormProps) {
  const [pairs, setPairs] = useState<readonly Pair[]>(toPairs(before))
  const calls = changeTags(resourceArn, before, toRecord(pairs))
  return (
    <FormModal
      title="Manage tags"
      submitLabel="Save changes"
      calls={calls}
      missing={calls.length === 0 ? 'Change something first' : undefined}
      onClose={onClose}
    >
      <PairsEditor noun="tag" nameLabel="Key" valueLabel="Value" pairs={pairs} onChange={setPairs} />
    </FormModal>
  )
}
