/** What a plain list is, and its usual cells. */
import type { ReactNode } from 'react'
import type { OperationCall } from '../../api/call.ts'
import type { Action } from '../../kit/action.ts'
import { PageLink } from '../../kit/page-link.tsx'
import type { Paging } from '../../kit/use-pages.ts'
import type { Calls } from '../../kit/use-change.ts'
import { shown } from '../../kit/shown.ts'
import { Status } from '../../kit/status.tsx'
import { showTime } from '../../kit/time.ts'

/** A resource as the API lists it: AWS member names. */
export type Row = Readonly<Record<string, unknown>>

export interface ListColumn {
  header: string
  /** A member of the resource. */
  member: string
  show?: (row: Row) => ReactNode
}

export interface List {
  path: string
  section: string
  title: string
  /** In the navigation, where it is shorter. */
  navLabel?: string
  description?: string
  call: OperationCall
  paging?: Paging
  /** The member of the output that holds the rows. */
  rows: string
  id: string
  columns: readonly ListColumn[]
  /** A button that leads to making a new one, by these calls. */
  create?: { label: string; href: string; needs: Calls }
  /** Lists what is below the one of that id, where the list is a tree. */
  childrenCall?: (id: string) => OperationCall
  /** What can be done to those that are selected, and from the menu of each. */
  actionsOf?: (selected: readonly Row[]) => readonly Action[]
}

export const valueOf = (row: Row, member: string): string => {
  const value = row[member]
  if (typeof value === 'string') return value
  return value === undefined || value === null ? '' : JSON.stringify(value)
}

export const linked =
  (member: string, base: string, label = member) =>
  (row: Row) => (
    <PageLink href={`${base}/${encodeURIComponent(valueOf(row, member))}`}>
      {shown(valueOf(row, label))}
    </PageLink>
  )
export const time = (member: string) => (row: Row) => showTime(row[member] as number | undefined)
export const status = (member: string) => (row: Row) => <Status value={row[member] as string | undefined} />

export const markers: Paging = { marker: 'marker', nextMarker: 'nextMarker' }
export const tokens: Paging = { marker: 'nextToken', nextMarker: 'nextToken' }
export const iamMarkers: Paging = { marker: 'Marker', nextMarker: 'Marker' }
export const lambdaMarkers: Paging = { marker: 'Marker', nextMarker: 'NextMarker' }
export const iot = (operation: string, input: object = {}): OperationCall => ({
  service: 'iot',
  operation,
  input,
})

const names = (rows: string, member: string) => (output: Record<string, unknown>) =>
  namesOf((output[rows] ?? []) as Row[], member)

/** The names in a list's answer, for choosing one. */
export const policyNamesIn = names('policies', 'policyName')
export const thingNamesIn = names('things', 'thingName')
export const certificateArnsIn = names('certificates', 'certificateArn')
export const groupNamesIn = names('thingGroups', 'groupName')
export const typeNamesIn = names('thingTypes', 'thingTypeName')
export const billingGroupNamesIn = names('billingGroups', 'groupName')
export const authorizerNamesIn = names('authorizers', 'authorizerName')

/** Of each row, its name. */
export const namesOf = (rows: readonly Row[], member: string): string[] =>
  rows.map((row) => valueOf(row, member))
