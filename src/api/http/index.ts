export { startHttp, type HttpListener } from './listener.ts'
export type { OwnRoute } from './own-routes.ts'
export type { OfferedServices } from './services.ts'
