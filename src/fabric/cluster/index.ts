export { askOthers } from './ask-others.ts'
export { openCluster, type Cluster } from './cluster.ts'
