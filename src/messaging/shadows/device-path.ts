/** HTTPS requests of devices for shadows. Source: AWS IoT Developer Guide, "Device Shadow REST API". */
import {
  answerDeviceOperation,
  type DeviceAnswer,
  type DeviceOffers,
  type DeviceRequest,
  type DeviceRequester,
} from '../data-plane/index.ts'
import { shadowsOperations, type ShadowsOperationsDeps } from './operations.ts'
import { shadowsPermissions } from './permissions.ts'

const paths = /^\/things\/[^/]*\/shadow$|^\/api\/things\/shadow\//

/** What the device ports answer below `/things/<thing name>/shadow`, for devices that were let in. */
export function shadowsDevicePath(deps: ShadowsOperationsDeps) {
  const offers: DeviceOffers = new Map(
    Object.entries(shadowsOperations(deps)).map(([name, handle]) => [
      name,
      { handle, permit: shadowsPermissions[name as keyof typeof shadowsPermissions] },
    ]),
  ) as DeviceOffers
  return {
    takes: ({ path }: { path: string }): boolean => paths.test(path),
    answer: (request: DeviceRequest, device: DeviceRequester): Promise<DeviceAnswer> =>
      answerDeviceOperation(offers, request, device),
  }
}
