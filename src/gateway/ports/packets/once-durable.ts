import type { Client } from '../mqtt/client.ts'

interface Waiting {
  durable: Promise<unknown>
  /** Hears why it could not be made durable; the connection is ended then. */
  onBug: (cause: unknown) => void
}

/** Answers a packet when what it asked for is on disk. Never rejects. */
export async function onceDurable(
  client: Client,
  { durable, onBug }: Waiting,
  answer: () => void,
): Promise<void> {
  try {
    await durable
    answer()
  } catch (cause) {
    onBug(cause)
    client.end({ journal: 'internal-failure', disconnectCode: 0x83 })
  }
}
