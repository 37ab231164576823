const EURO = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' });
const TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' });

export function euro(cents: number): string {
  return EURO.format(cents / 100);
}

export function utc(time: number): string {
  return `${TIME.format(time)} UTC`;
}
