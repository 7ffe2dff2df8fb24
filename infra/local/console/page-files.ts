import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** The page's files by path: a closed list, so that no path from outside ever reaches the disk. */
const FILES: Readonly<Record<string, string>> = {
  '/': 'index.html',
  '/app.js': 'app.js',
  '/blocks.js': 'blocks.js',
  '/channel.js': 'channel.js',
  '/dialog.js': 'dialog.js',
  '/dom.js': 'dom.js',
  '/elements.js': 'elements.js',
  '/mrkdwn.js': 'mrkdwn.js',
  '/pods.js': 'pods.js',
  '/who.js': 'who.js',
  '/slack.css': 'slack.css',
  '/style.css': 'style.css',
  '/icon.svg': 'icon.svg',
};

/** Nothing from anywhere else is loaded, embedded or sent to. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

/** Answers with a file of the page. @returns `false` when the path is none of them */
export function servePageFile(path: string, response: ServerResponse): boolean {
  const file = FILES[path];
  if (file === undefined) return false;
  const bytes = readFileSync(new URL(`../page/${file}`, import.meta.url));
  const type = TYPES[file.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
  response.writeHead(200, { ...SECURITY_HEADERS, 'content-type': type, 'content-length': bytes.length });
  response.end(bytes);
  return true;
}
