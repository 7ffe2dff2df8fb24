import { describe, expect, it } from '@jest/globals';
import { findError } from '../../functions/cli/find-error.ts';
import { runOffline } from './offline.ts';

const ROWS = `Events:
  Type     Reason   Age                   From     Message
  ----     ------   ----                  ----     -------
  Normal   Pulling  4m52s (x5 over 7m39s)  kubelet  Pulling image "r.example.com/a:1"
  Warning  Failed   4m52s (x5 over 7m38s)  kubelet  Failed to pull image "r.example.com/a:1": failed to resolve image: 429 Too Many Requests
toomanyrequests: slow down
  Warning  Failed   4m52s (x5 over 7m38s)  kubelet  Error: ErrImagePull
  Normal   BackOff  2m25s (x21 over 7m37s)  kubelet  Back-off pulling image "r.example.com/a:1"
`;

describe('the error in what kubectl prints', () => {
  it('is the last row that tells most, with its line breaks', () => {
    expect(findError(ROWS)).toBe(
      'Failed to pull image "r.example.com/a:1": failed to resolve image: 429 Too Many Requests\ntoomanyrequests: slow down',
    );
  });

  it('is found in rows of kubectl get events', () => {
    const rows = `LAST SEEN   TYPE      REASON   OBJECT      MESSAGE
2m          Warning   Failed   pod/web-1   Failed to pull image "a:1": not found
1m          Warning   InspectFailed   pod/web-2   Failed to apply default image tag "A": couldn't parse image name "A"`;
    expect(findError(rows)).toBe('Failed to pull image "a:1": not found');
  });

  it.each([
    'Failed to pull image "a:1": not found',
    'two\nlines',
    '  Normal  Scheduled  1s  x  Successfully assigned a/b',
    '',
  ])('leaves other text alone: %j', (text) => {
    expect(findError(text)).toBe(text);
  });

  it('makes explain understand kubectl describe, and its report tell no more than that', async () => {
    const described = `Name:  checkout-1\nNamespace:  shop\nNode:  ip-10-0-3-7/10.0.3.7\n${ROWS}`;
    const { output } = await runOffline(['explain'], { input: described });
    expect(output).toContain('(rate-limited), likely');
    const report = await runOffline(['explain', '--report'], { input: described });
    expect(report.output).toContain('Failed to pull image "<host-1>/<repo-1>:<tag-1>"');
    expect(report.output).not.toMatch(/checkout|shop|10-0-3-7/);
  });
});
