import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { configurationDoc, EXAMPLES } from '../../infra/build/configuration-doc.ts';
import { parseConfig } from '../../shared/config/load.ts';

const page = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'docs', 'configuration.md');

describe('docs/configuration.md', () => {
  it('is what the schema says (node infra/build/configuration-doc.ts writes it)', () => {
    expect(readFileSync(page, 'utf8')).toBe(configurationDoc());
  });

  it('says of every key what it means', () => {
    const rows = configurationDoc()
      .split('\n')
      .filter((line) => line.startsWith('| `') && !line.startsWith('| `env:'));
    expect(rows.length).toBeGreaterThan(25);
    expect(rows.filter((row) => /\| *\|$/.test(row))).toEqual([]);
  });

  it.each(Object.entries(EXAMPLES))('shows an example that works: %s', (_name, text) => {
    expect(parseConfig(text, 'example').slack.channel).toBe('image-pulls');
  });
});
