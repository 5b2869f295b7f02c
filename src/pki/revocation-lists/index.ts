export { startRevocationLists, type RevocationLists } from './revocation-lists.ts'
export { revocationListsRoute } from './route.ts'
