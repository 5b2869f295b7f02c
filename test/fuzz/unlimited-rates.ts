/** Garbage comes fast; it is to reach the parsers, not the rates. */
export const unlimitedRates = {
  maxConnectsPerSecond: 0,
  maxConnectsPerSecondOfClientId: 0,
  maxPublishesPerSecond: 0,
  maxBytesPerSecond: 0,
}
