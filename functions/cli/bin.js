#!/usr/bin/env node
// The command `pullmedic`. A published package runs its bundle; a checkout runs the TypeScript source as it is
// (Node strips the types, but refuses to do so below node_modules).
import { existsSync } from 'node:fs';

const bundle = new URL('../../dist/cli/index.cjs', import.meta.url);
const isInstalled = import.meta.url.includes('/node_modules/');

if (isInstalled && existsSync(bundle)) await import(bundle.href);
else await import('./index.ts');
