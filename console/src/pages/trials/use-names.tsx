/** What a certificate says of its holder and of who has signed it, which AWS's descriptions do not tell. */
import type { OperationCall } from '../../api/call.ts'
import { shown } from '../../kit/shown.ts'
import { useCall } from '../../kit/use-call.ts'
import type { Inspection } from './report.ts'

export const inspectCall = (pem: string): OperationCall => ({
  service: 'muster',
  operation: 'InspectCertificate',
  input: { pem },
})

/** For the details of a certificate; a dash for whoever may not inspect. */
export function useNames(pem: string) {
  const { data } = useCall<Inspection>(inspectCall(pem))
  const [facts] = data?.certificates ?? []
  const name = (text: string | undefined) =>
    text === undefined ? undefined : <span className="anywhere">{shown(text)}</span>
  return { Subject: name(facts?.subject), Issuer: name(facts?.issuer) }
}
