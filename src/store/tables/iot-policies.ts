export interface IotPoliciesTables {}
