export { startHttp, type HttpDoor, type HttpListener } from './listener.ts'
export type { OwnRoute } from './own-routes.ts'
export { requestConditions } from './pipeline.ts'
export { findScopeFault, type OfferedServices } from './services.ts'
