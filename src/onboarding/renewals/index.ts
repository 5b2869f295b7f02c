export { detachAll } from './attachments.ts'
export { recognize, type Renewal } from './recognition.ts'
export { renew, type RenewDeps, type Renewed } from './renew.ts'
export { retireReplaced, startRetirement } from './retirement.ts'
