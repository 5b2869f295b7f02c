export { openMeters, type Meters } from './meters.ts'
export { counter, gauge, histogram, renderFamilies, type Family } from './render.ts'
