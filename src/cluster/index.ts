export { openCluster, type Cluster } from './cluster.ts'
