export {
  claimUntilOption,
  claimUsesOption,
  firstConnectionOption,
  toFirstConnection,
  type FirstConnection,
} from './muster-options.ts'
export {
  isFetchable,
  revocationPolicyOption,
  revocationSourceOption,
  toRevocationPolicy,
  toRevocationSource,
  type RevocationPolicy,
  type RevocationSource,
} from './revocation-options.ts'
export { deleteTags, findTagged, listTags, setTags, tagValue } from './store.ts'
export { tagsOperations } from './operations.ts'
export { tagsPermissions } from './permissions.ts'
