import { pingresp } from '../codec/encode.ts'
import type { PingreqPacket } from '../codec/packets.ts'
import type { Handler } from './handler.ts'

export const handlePingreq: Handler<PingreqPacket> = (client) => {
  client.traffic.pings += 1
  client.send(pingresp)
}
