/**
 * Services of AWS IoT that devices ask over HTTPS, with their certificates, and that are not offered.
 * Sources: AWS IoT Developer Guide, "Jobs device HTTP API operations"; AWS IoT Greengrass, "Greengrass discovery RESTful
 * API".
 */
import { refuseDeviceRequest, type DeviceAnswer } from '../../messaging/data-plane/index.ts'

const services = [
  { name: 'Jobs', paths: /^\/things\/[^/]+\/jobs(?:\/|$)/ },
  { name: 'Greengrass discovery', paths: /^\/greengrass\/discover\// },
]

const find = (path: string) => services.find(({ paths }) => paths.test(path))

/** Says so, where 404 would be taken for the service's own. */
export const absentServicesDevicePath = {
  takes: ({ path }: { path: string }): boolean => find(path) !== undefined,
  answer({ target }: { target: string }): Promise<DeviceAnswer> {
    const { name } = find(target.split('?', 1)[0] ?? '') ?? { name: 'this service' }
    const message = `Muster does not offer ${name}`
    return Promise.resolve(refuseDeviceRequest({ code: 'NotImplementedException', message }))
  },
}
