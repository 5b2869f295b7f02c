export {
  allowListOption,
  claimUntilOption,
  claimUsesOption,
  firstConnectionOption,
  hookOption,
  identityOption,
  maxDevicesOption,
  succeedsOption,
  toDeviceIdentity,
  type DeviceIdentity,
  toAllowList,
  toHookUrl,
  toFirstConnection,
  type FirstConnection,
} from './muster-options.ts'
export {
  revocationPolicyOption,
  revocationSourceOption,
  toRevocationPolicy,
  type RevocationPolicy,
} from './revocation-options.ts'
export { deleteTags, findTagged, listTags, setTags, tagValue } from './store.ts'
export { tagsOperations } from './operations.ts'
export { tagsPermissions } from './permissions.ts'
