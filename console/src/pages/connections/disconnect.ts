import type { AskedAction } from '../../kit/action.ts'
import { text } from '../../text/en.ts'
import type { Connection } from './columns.tsx'

/** Their sessions stay, and so do their wills; they may come back at once. */
export function disconnect(chosen: readonly Connection[]): AskedAction {
  const names = chosen.length === 1 ? chosen[0]?.clientId : `${chosen.length} clients`
  return {
    label: 'Disconnect',
    question: `${names} may connect again at once. To keep a device out, deactivate its certificate.`,
    operation: chosen.map(({ clientId }) => ({
      service: 'iot-data',
      operation: 'DeleteConnection',
      input: { clientId },
    })),
    disabledReason: chosen.length === 0 ? text.selectFirst : undefined,
  }
}
