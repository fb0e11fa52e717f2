/** The IP addresses of a name, as getaddrinfo(3) orders them. @throws ENOTFOUND and what else the resolver says */
export async function lookup(host: string): Promise<string[]> {
  // Loaded on first use: most programs have literal addresses, and all want to start quickly.
  const dns = await import("node:dns/promises");
  const found = await dns.lookup(host, { all: true });
  return found.map(({ address }) => address);
}
