/** Expected results as the AWS IoT Developer Guide, "AWS IoT SQL reference", gives them. */
import { describe, expect, it } from 'vitest'
import { resultOf, undefinedText } from '../testing/test-expressions.ts'

describe('times', () => {
  it.each([
    ['timestamp()', '1481825251155'],
    [
      `parse_time("yyyy.MM.dd G 'at' HH:mm:ss z", 100000000, 'America/Belize')`,
      '"1970.01.01 AD at 21:46:40 CST"',
    ],
    [`parse_time("yyyy.MM.dd G 'at' HH:mm:ss z", timestamp())`, '"2016.12.15 AD at 18:07:31 UTC"'],
    ["parse_time('yyyy', timestamp(), 'UTC')", '"2016"'],
    [`parse_time("yyyy-MM-dd'T'HH:mm:ss.SSSZZ", 0, '+05:30')`, '"1970-01-01T05:30:00.000+05:30"'],
    [
      "parse_time('EEEE EEE d MMMM MMM yy D hh a k Z', 0)",
      '"Thursday Thu 1 January Jan 70 1 12 AM 24 +0000"',
    ],
    ["parse_time('yyyy', 'x')", undefinedText],
    ["parse_time('yyyy', 0, 'Mars/Base')", undefinedText],
    ["parse_time('yyyy', 1E30)", undefinedText],
    ["parse_time('b', 0)", undefinedText],
    [`parse_time("'open", 0)`, undefinedText],
    ["time_to_epoch('2020-04-03 09:45:18 UTC+01:00', 'yyyy-MM-dd HH:mm:ss VV')", '1585903518000'],
    ["time_to_epoch('18 December 2015', 'dd MMMM yyyy')", '1450396800000'],
    [
      "time_to_epoch('2007-12-03 10:15:30.592 America/Los_Angeles', 'yyyy-MM-dd HH:mm:ss.SSS z')",
      '1196705730592',
    ],
    [`time_to_epoch('2020-04-03T09:45:18Z', "yyyy-MM-dd'T'HH:mm:ssX")`, '1585907118000'],
    ["time_to_epoch('4/3/20 09:45 PM', 'M/d/yy hh:mm a')", '1585950300000'],
    ["time_to_epoch('20161215180731', 'yyyyMMddHHmmss')", '1481825251000'],
    ["time_to_epoch('20161215180731155', 'uuuuMMddHHmmssSSS')", '1481825251155'],
    ["time_to_epoch('2016350 1807', 'yDDD HHmm')", '1481825220000'],
    ["time_to_epoch('201612151807', 'yyyyMMddHHmmss')", undefinedText],
    ["time_to_epoch('1993-05-15 18:20:37 GMT-4', 'yyyy-MM-dd HH:mm:ss O')", '737504437000'],
    ["time_to_epoch('2020-13-03', 'yyyy-MM-dd')", undefinedText],
    ["time_to_epoch('2020-02-30', 'yyyy-MM-dd')", undefinedText],
    ["time_to_epoch('2020-04-03 and more', 'yyyy-MM-dd')", undefinedText],
    ["time_to_epoch('2020', 'yyyy')", undefinedText],
    ["time_to_epoch(null, 'yyyy')", undefinedText],
  ])('%s is %s', (expression, expected) => expect(resultOf(expression)).toBe(expected))
})
