import type { DeviceAnswer, DeviceRequester } from '../../../messaging/data-plane/index.ts'
import type { DeviceAuthorization } from '../authorization.ts'

/** One request of a device over HTTPS, body and all. */
export interface DeviceHttpRequest {
  method: string
  /** Path and query, still percent-encoded. */
  target: string
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>
  body: Uint8Array
}

/** A device that asks at such a path. What `decide` denies is journalled by whoever answers. */
export interface PathRequester extends DeviceRequester {
  decide: DeviceAuthorization['decide']
}

/**
 * A path of the device ports beside the data plane. Whoever asks has been let in: its certificate was admitted,
 * and `device.isAllowed` decides by its policies (and journals what they deny).
 */
export interface DevicePath {
  /** True when the request is this one's to answer; `path` is percent-encoded and has no query. */
  takes: (request: { method: string; path: string }) => boolean
  /** A refusal is an answer with `refusal`; what is thrown closes the connection and is logged. */
  answer: (request: DeviceHttpRequest, device: PathRequester) => Promise<DeviceAnswer>
}
