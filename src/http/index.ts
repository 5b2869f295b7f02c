export { startHttp } from './listener.ts'
export type { OwnRoute } from './own-routes.ts'
export type { OfferedServices } from './services.ts'
