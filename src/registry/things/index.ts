export { applyAttributes, parseAttributes, serializeAttributes, type Attributes } from './attributes.ts'
export { emptyBillingGroup, listThingsInBillingGroup, setBillingGroup } from './billing-store.ts'
export { thingsOperations } from './operations.ts'
export { thingsPermissions } from './permissions.ts'
export {
  allThingsOfPrincipal,
  attachThingPrincipal,
  countPrincipalThings,
  detachThingPrincipal,
  listPrincipalThings,
  listThingPrincipals,
} from './principal-store.ts'
export { resourceName } from './resource-name.ts'
export { endOfPrefix, hasThingsOfType } from './search-store.ts'
export { createThing, findThing, getThing, updateThing } from './store.ts'
export type { PrincipalThing } from './thing-principal.ts'
export { checkVersion, thingArn, workOnThing, type Thing } from './thing.ts'
