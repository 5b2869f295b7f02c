export interface ThingsTables {}
