import type { PullStage } from '../pull-error.ts';

/**
 * Words of each step, latest step first: an error that speaks of two happened in the later one.
 * `failed to pull and unpack image` is containerd's wrapper around everything and says nothing.
 */
const STAGES: readonly (readonly [stage: PullStage, words: RegExp])[] = [
  ['policy', /sourceimagerejected|signaturevalidationfailed|rejectedbypolicy|imageverifier|contenttrust|trustdata/],
  [
    'unpack',
    /extractlayer|registerlayer|applylayer|unpackimageonsnapshotter|prepareextractionsnapshot|commitsnapshot|mountcallbackfailed|untarre-exec|decompress|streamprocessor|layerdb/,
  ],
  [
    'fetch',
    /failedtocopy|httprea?d(?:er)?seeker|(?:reading|writing|fetching|copying|parsing)blob|failedcommitonref|imageconfiguration|getimageblob|contentdescriptor|\/blobs\/|resumewrite|copyingsystemimage|copyingconfig|downloadfailedafterattempts|readexpectednumberofbytes|shortread/,
  ],
  ['authorize', /failedtoauthorize|anonymoustoken|oauthtoken|authtoken|bearertoken|\/token\?|\/jwt\/auth/],
  [
    'resolve',
    /failedtoresol?ve|readingmanifest|pinging(?:container|docker)registry|initializingsource|sourcemetadata|determiningmanifest|\/manifests\/|manifestunknown|pullingfromhost|pullaccessdenied|nomatchforplatform|headrequest|\/v2\//,
  ],
  ['runtime', /dialunix|\.sock|runtime\.v1|dockerdaemonrunning|transportisclosing|subconns/],
  ['secret', /unabletoretrieve(?:some)?(?:image)?pullsecret/],
  ['parse', /invalidreferenceformat|parseimage(?:name|reference)|applydefaultimagetag|short-?name/],
];

/** @param squeezed compacted text without its wrappers */
export function readStage(squeezed: string): PullStage | undefined {
  return STAGES.find(([, words]) => words.test(squeezed))?.[0];
}
