/** What is told of the last transfer of a certificate. Source: AWS IoT API Reference, "TransferData". */
import type { TransferData } from '@aws-sdk/client-iot'

export const formatTransferData = (data: TransferData): string => JSON.stringify(data)

/** Of what `formatTransferData` made: the members that are called dates are dates again. */
export function parseTransferData(text: string): TransferData {
  return JSON.parse(text, (name, value: unknown) =>
    name.endsWith('Date') ? new Date(String(value)) : value,
  ) as TransferData
}
