export { createClientLog } from './client-log.ts'
export { createIotLogging, type IotLogging } from './iot-logging.ts'
export { iotLoggingOperations } from './operations.ts'
export { iotLoggingPermissions } from './permissions.ts'
