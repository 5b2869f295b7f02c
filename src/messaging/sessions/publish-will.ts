import { despiteNoRoom, type Message } from '../../fabric/in-process/index.ts'
import type { Log } from '../../lib/log.ts'

/** At once; nobody waits for it. */
export function publishWill(
  will: Message,
  { publish, log }: { publish: (message: Message) => Promise<void> | undefined; log: Pick<Log, 'error'> },
): void {
  const published = async () => despiteNoRoom(publish(will))
  published().catch((cause: unknown) => log.error({ err: cause }, 'a will could not be published'))
}
