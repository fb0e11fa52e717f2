/** The loopback interface: nobody but this machine can ask. */
export const HOST = "127.0.0.1";

/** The page's address. */
export function addressAt(port: number): string {
  return `http://${HOST}:${port}/`;
}
