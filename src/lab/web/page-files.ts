import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
};

/** A file of the page, in memory. */
export interface PageFile {
  readonly contentType: string;
  readonly body: Buffer;
}

/**
 * Reads the built page. It is small, and a path that is looked up in a map leads nowhere else.
 *
 * @returns its files by their paths as a browser asks for them, `/` among them; none if the page was not built
 */
export function readPage(folder: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const name of listFolder(folder)) {
    const path = join(folder, name);
    if (!statSync(path).isFile()) continue;
    const contentType = CONTENT_TYPES[extname(name)] ?? "application/octet-stream";
    files.set(`/${name}`, { contentType, body: readFileSync(path) });
  }
  const index = files.get("/index.html");
  if (index) files.set("/", index);
  return files;
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true }) as string[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
