/**
 * What an application might keep in a session, as JSON of exactly so many bytes.
 *
 * @param {number} bytes at least 60
 * @param {number} views tells contents of one size apart, below 1000
 */
export function contentOf(bytes, views = 0) {
  const content = { user: 'u_4f9d2c81', views: 100 + (views % 900), csrf: '' };
  if (bytes >= 200) Object.assign(content, { roles: ['editor', 'billing'], locale: 'de-CH', items: [] });
  const item = { sku: 'tea-0815', count: 2, price: 12.5, gift: false };
  const missing = () => bytes - JSON.stringify(content).length;
  while (bytes >= 200 && missing() > 100) content.items.push({ ...item, sku: `tea-${content.items.length}` });
  content.csrf = 'x7Qb_kT2wZ'.repeat(bytes).slice(0, missing());
  return content;
}
