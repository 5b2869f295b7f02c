export { startGateway, type Gateway } from './gateway.ts'
export { openServerTls, type LoadedServerTls } from './server-certificate.ts'
