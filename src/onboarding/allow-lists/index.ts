export { AllowListError, type AllowedDevice } from './allow-list.ts'
export { openAllowLists, type AllowLists } from './allow-lists.ts'
