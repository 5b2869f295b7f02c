/** Chooses among the policies that there are, those of AWS and those of the account. */
import Box from '@cloudscape-design/components/box'
import Header from '@cloudscape-design/components/header'
import Table from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import { useState } from 'react'
import { Failure } from '../../kit/failure.tsx'
import { shown } from '../../kit/shown.ts'
import { usePages } from '../../kit/use-pages.ts'
import { text } from '../../text/en.ts'
import { iamMarkers } from '../resources/list.tsx'
import { iam } from './iam.ts'
import { MoreButton } from '../../kit/more-button.tsx'

interface Policy {
  PolicyName: string
  Arn: string
  Description?: string
}

interface PolicyPickerProps {
  /** ARNs. */
  chosen: readonly string[]
  onChange: (arns: readonly string[]) => void
  /** Those that stand there already. */
  without?: readonly string[]
}

const typeOf = ({ Arn }: Policy) => (Arn.startsWith('arn:aws:iam::aws:') ? 'AWS managed' : 'Customer managed')

export function PolicyPicker({ chosen, onChange, without = [] }: PolicyPickerProps) {
  const [wanted, setWanted] = useState('')
  const list = usePages(iam('ListPolicies', { MaxItems: 200 }), iamMarkers)
  const all = (list.data?.pages ?? []).flatMap((page) => (page['Policies'] ?? []) as Policy[])
  const offered = all.filter(({ Arn }) => !without.includes(Arn))
  const matching = offered.filter(({ PolicyName }) => PolicyName.toLowerCase().includes(wanted.toLowerCase()))
  return (
    <Table<Policy>
      variant="embedded"
      items={matching}
      trackBy="Arn"
      selectionType="multi"
      selectedItems={offered.filter(({ Arn }) => chosen.includes(Arn))}
      onSelectionChange={({ detail }) => onChange(detail.selectedItems.map(({ Arn }) => Arn))}
      ariaLabels={{
        selectionGroupLabel: 'Policies',
        allItemsSelectionLabel: () => text.selectAll,
        itemSelectionLabel: (_, { PolicyName }) => `${text.select} ${PolicyName}`,
      }}
      loading={list.isLoading}
      loadingText={text.loading}
      wrapLines
      columnDefinitions={[
        { id: 'name', header: 'Policy name', cell: ({ PolicyName }) => shown(PolicyName) },
        { id: 'type', header: 'Type', cell: typeOf },
        {
          id: 'description',
          header: 'Description',
          cell: ({ Description = '' }) => shown(Description) || '–',
        },
      ]}
      header={
        <Header variant="h3" counter={`(${chosen.length}/${offered.length}${list.hasNextPage ? '+' : ''})`}>
          Permissions policies
        </Header>
      }
      filter={
        <TextFilter
          filteringText={wanted}
          filteringPlaceholder="Search"
          filteringAriaLabel="Search policies"
          countText={wanted === '' ? '' : text.matches(matching.length)}
          onChange={({ detail }) => setWanted(detail.filteringText)}
        />
      }
      empty={list.error ? <Failure error={list.error} /> : <Box textAlign="center">{text.none}</Box>}
      footer={<MoreButton query={list} />}
    />
  )
}
