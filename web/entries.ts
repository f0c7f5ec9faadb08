/* Which page file answers a path: the same rule as the server's static files.
 *   /phone...              phone/index.html
 *   /track /r/... /a/...   public/index.html
 *   anything else          index.html   (desk, wall, setup, login, api)
 * A path with a dot in its last part, or an interface's path, is left alone. */
const interfaces = /^\/(api\/v1|open311|healthz|readyz|openapi\.json|metrics|@|src|node_modules|gateway)/;

export function entryFor(url: string): string {
  const [path, query] = url.split("?", 2);
  if (interfaces.test(path) || /\.[a-z0-9]+$/i.test(path))
    return url;
  const tail = query ? `?${query}` : "";
  if (/^\/phone(\/|$)/.test(path))
    return `/phone/index.html${tail}`;
  if (/^\/(track|r|a)(\/|$)/.test(path))
    return `/public/index.html${tail}`;
  return `/index.html${tail}`;
}
