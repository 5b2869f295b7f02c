export interface IdentitiesTables {}
