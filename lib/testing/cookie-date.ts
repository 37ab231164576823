const DELIMITER = /[\t\x20-\x2f;-@[-`{-~]+/;
const TIME = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D|$)/;
const DAY = /^(\d{1,2})(?:\D|$)/;
const YEAR = /^(\d{2,4})(?:\D|$)/;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * Returns the time of an `Expires` attribute in ms since epoch, or `undefined` if browsers ignore the attribute.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6265#section-5.1.1
 */
export function cookieDate(text: string): number | undefined {
  let time: number[] | undefined;
  let day: number | undefined;
  let month: number | undefined;
  let year: number | undefined;
  for (const token of text.split(DELIMITER).filter(Boolean)) {
    const found = TIME.exec(token);
    if (!time && found) time = found.slice(1).map(Number);
    else if (day === undefined && DAY.test(token)) day = parseInt(token, 10);
    else if (month === undefined && isMonth(token)) month = monthOf(token);
    else if (year === undefined && YEAR.test(token)) year = fullYear(parseInt(token, 10));
  }
  if (!time || day === undefined || month === undefined || year === undefined) return undefined;
  const [hour = 0, minute = 0, second = 0] = time;
  if (year < 1601 || hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(Date.UTC(year, month, day, hour, minute, second));
  return date.getUTCMonth() === month && date.getUTCDate() === day ? date.getTime() : undefined;
}

function isMonth(token: string): boolean {
  return monthOf(token) >= 0;
}

function monthOf(token: string): number {
  return MONTHS.indexOf(token.slice(0, 3).toLowerCase());
}

function fullYear(year: number): number {
  if (year >= 100) return year;
  return year + (year < 70 ? 2000 : 1900);
}
