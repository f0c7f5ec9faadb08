/* Which page file answers a path: the same rule as the server's static files.
 *   /phone...              phone/index.html
 *   /track /r/... /a/...   public/index.html
 *   anything else          index.html   (desk, wall, setup, login, api)
 * A file's or an interface's path is left alone; a page's own address may hold a dot (/figures/report.opened). */
const files = /^\/assets\/|\.(js|ts|vue|css|map|html|json|txt|xml|svg|png|jpg|webp|ico|woff2|wasm|webmanifest|php|env)$/;
const interfaces = /^\/(api\/v1|open311|healthz|readyz|openapi\.json|metrics|@|src|node_modules|gateway)/;

export function entryFor(url: string): string {
  const [path, query] = url.split("?", 2);
  if (interfaces.test(path) || files.test(path))
    return url;
  const tail = query ? `?${query}` : "";
  if (/^\/phone(\/|$)/.test(path))
    return `/phone/index.html${tail}`;
  if (/^\/(track|r|a)(\/|$)/.test(path))
    return `/public/index.html${tail}`;
  return `/index.html${tail}`;
}
