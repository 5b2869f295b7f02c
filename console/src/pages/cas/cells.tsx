/** What the list of CAs shows of each beyond what ListCACertificates answers. */
import type { ReactNode } from 'react'
import { shown } from '../../kit/shown.ts'
import { Status } from '../../kit/status.tsx'
import { showTime } from '../../kit/time.ts'
import { useCall } from '../../kit/use-call.ts'
import { valueOf, type Row } from '../resources/list.tsx'
import { describeCa, type DescribedCa } from './ca.ts'

/** A cell that describes its CA; all cells of a row share the answer. */
const described = (show: (ca: DescribedCa) => ReactNode) => {
  function DescribedCell({ row }: { row: Row }) {
    const { data, error } = useCall<DescribedCa>(describeCa(valueOf(row, 'certificateId')))
    if (error) return '–'
    return data ? show(data) : '…'
  }
  return (row: Row) => <DescribedCell row={row} />
}

export const autoRegistration = described(({ certificateDescription }) => (
  <Status value={certificateDescription.autoRegistrationStatus} />
))

export const template = described(({ registrationConfig: { templateName, templateBody } = {} }) =>
  templateName === undefined
    ? templateBody === undefined
      ? 'Announced to rules'
      : 'Its own'
    : shown(templateName),
)

export const validUntil = described(({ certificateDescription }) =>
  showTime(certificateDescription.validity?.notAfter),
)
