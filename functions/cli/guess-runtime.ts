/** Words that only one runtime's code prints, most telling first. */
const WORDINGS: readonly (readonly [RegExp, string])[] = [
  [/Error response from daemon|no matching manifest for|docker daemon/i, 'Docker'],
  [/failed to resolve image:/, 'containerd 2.1 or later'],
  [/failed to resolve reference "/, 'containerd 1.x or 2.0'],
  [/failed to pull and unpack image|httpReadSeeker|containerd\.sock/, 'containerd'],
  [
    /pinging container registry|initializing source docker:|copying system image from manifest list|reading manifest \S+ in |short name mode|Source image rejected|crio\.sock/,
    'CRI-O or Podman',
  ],
  [/pull QPS exceeded|ErrImageNeverPull|couldn't parse image name|Back-off pulling image/, 'the kubelet itself'],
];

/** Which runtime prints such words. `undefined` = none that is known. */
export function guessRuntime(text: string): string | undefined {
  return WORDINGS.find(([wording]) => wording.test(text))?.[1];
}
