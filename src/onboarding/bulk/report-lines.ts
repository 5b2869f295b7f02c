/** Lines of the reports of a task. assumed: their form; AWS says that there are such reports, not what is in them. */
import type { Db } from '../../store/index.ts'
import { findCertificate } from '../../pki/certificates/index.ts'
import type { InputLine } from './lines.ts'

export interface LineError {
  /** AWS error code. */
  code: string
  message: string
}

type Place = Pick<InputLine, 'lineNumber' | 'offset'>

const toLine = (document: object) => `${JSON.stringify(document)}\n`

export const toErrorLine = ({ lineNumber, offset }: Place, { code, message }: LineError): string =>
  toLine({ lineNumber, offset, errorCode: code, errorMessage: message })

/** As it is kept: certificates are not kept twice. */
export const toResultLine = (
  { lineNumber, offset }: Place,
  resourceArns: Record<string, string>,
  certificateId: string | undefined,
): string => toLine({ lineNumber, offset, certificateId, resourceArns })

interface KeptResult extends Place {
  certificateId?: string
  resourceArns: Record<string, string>
}

/** As it is given out, with the certificate that the device needs; without, when that was deleted since. */
export async function renderResults(db: Db, accountId: string, kept: string): Promise<string> {
  const rendered: string[] = []
  for (const line of kept.split('\n').slice(0, -1)) {
    const { lineNumber, offset, certificateId, resourceArns } = JSON.parse(line) as KeptResult
    const certificate =
      certificateId === undefined ? undefined : await findCertificate(db, accountId, certificateId)
    const response = { certificatePem: certificate?.certificatePem, resourceArns }
    rendered.push(toLine({ lineNumber, offset, response }))
  }
  return rendered.join('')
}
