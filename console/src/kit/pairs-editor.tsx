/** Names with values: attributes, tags. */
import AttributeEditor from '@cloudscape-design/components/attribute-editor'
import Input from '@cloudscape-design/components/input'

export interface Pair {
  name: string
  value: string
}

/** Those that were given a name. */
export const toRecord = (pairs: readonly Pair[]): Record<string, string> =>
  Object.fromEntries(pairs.filter(({ name }) => name !== '').map(({ name, value }) => [name, value]))

export const toPairs = (values: Readonly<Record<string, string>> = {}): Pair[] =>
  Object.entries(values).map(([name, value]) => ({ name, value }))

interface PairsEditorProps {
  /** What one is called, e.g. `attribute`. */
  noun: string
  nameLabel: string
  valueLabel: string
  pairs: readonly Pair[]
  onChange: (pairs: readonly Pair[]) => void
}

export function PairsEditor({ noun, nameLabel, valueLabel, pairs, onChange }: PairsEditorProps) {
  const change = (at: number, changed: Partial<Pair>) =>
    onChange(pairs.map((pair, index) => (index === at ? { ...pair, ...changed } : pair)))
  const control = (part: keyof Pair) => (pair: Pair, at: number) => (
    <Input
      value={pair[part]}
      spellcheck={false}
      onChange={({ detail }) => change(at, { [part]: detail.value })}
    />
  )
  return (
    <AttributeEditor
      items={pairs as Pair[]}
      definition={[
        { label: nameLabel, control: control('name') },
        { label: valueLabel, control: control('value') },
      ]}
      addButtonText={`Add ${noun}`}
      removeButtonText="Remove"
      removeButtonAriaLabel={({ name }) => `Remove ${noun} ${name}`}
      empty={`There is no ${noun} yet.`}
      onAddButtonClick={() => onChange([...pairs, { name: '', value: '' }])}
      onRemoveButtonClick={({ detail }) => onChange(pairs.filter((_, at) => at !== detail.itemIndex))}
    />
  )
}
