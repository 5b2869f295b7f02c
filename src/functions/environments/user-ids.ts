import { randomInt } from 'node:crypto'

/** Of ids that no person has; not the same for two servers on a machine, as far as chance goes. */
export const chooseUserIds = () => 58_000 + 32 * randomInt(60)
