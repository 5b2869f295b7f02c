export { openCountedMetrics, type CountedMetrics } from './counted-metrics.ts'
export { countEvents } from './event-metrics.ts'
export { cloudWatchOperations, cloudWatchPermissions } from './operations.ts'
export { trafficTotals } from './traffic-metrics.ts'
