import { packetIdOf, type KeptMessage } from './kept-message.ts'
import type { Link } from './link.ts'
import type { SessionWrites } from './session-writes.ts'

/** PUBREL leaves once it is certain that PUBLISH is never sent again. [MQTT-4.3.3-4] */
export function releaseOnceDurable(
  kept: KeptMessage,
  { link, writes, isThere }: { link: Link; writes: Pick<SessionWrites, 'update'>; isThere: () => boolean },
): void {
  kept.state = 'released'
  const ifConnected = (act: () => void) => () => {
    if (isThere()) act()
  }
  writes.update(kept).then(
    ifConnected(() => link.sendRelease(packetIdOf(kept.seq))),
    ifConnected(() => link.fail()),
  )
}
