/** Words of runtimes, kubelets, registries and Go's libraries: they name nobody. Lower case. */
const WORDS: ReadonlySet<string> = new Set(
  `
  a access action actual add after algorithm all allowed already also amd64 an and annotation any api app application apply
  arch architecture archive are arm arm64 artifact as ask at auth authentication authority authorization authorize
  authorized authorizer attempt available aws azure back backoff bad base64 basic be bearer been before bin blob blobs body
  boot broken buf buffer bundle but by bytes ca cache cannot cert certificate certificates certs certs.d cgroup check
  checksum chown chunk client close closed code com command commit common config configuration configured connect
  connectex connection container containerd containerd.sock container-runtime containers containers.conf
  content context control copy core could create created creating credential credentials cri cri-dockerd cri-o crio
  crio.sock daemon daemon.json data data-root dead deadline decode decrypt default delete denied describe descriptor
  desc device dial did diff digest digests dir directory disabled disk dns do docker docker.sock dockerd
  dockerfile does done down dpkg driver ecr empty encoding encrypted end eof err error errors etc even event events exceed
  exceeded exec execute executable exist existing exists exit expected expired export extract f fail failed failure false
  fetch file files filesystem first for fork forbidden form format found free from fs full fuse fuse-overlayfs g gateway gcr
  get getting go goaway golang graph grpc gzip had handle handshake has have head header headers helper home host hosts
  hosts.toml http http/1.x http1 http2 httpreadseeker https i i/o id if image imageid images in incorrect increase index inode input
  insecure insufficient inspect internal into invalid io ipv4 ipv6 is it json key keyring keys kubelet kubernetes kubernetes.io label
  latest layer layer-sha256 layers layout lchown lease length lib library limit limits line link linux list listen local
  localhost lock locked log login logs long lookup lsetxattr magic malformed manifest manifests match max media mediatype
  memory message metadata method min mirror mirrors missing mkdir mode mount must name names namespace needed net net/http netns
  network never new next no node none nor not no-such not-found null number object oauth oauth2 oci of off on one only open
  opened operation or organization os other out output overlay overlay2 overlayfs pack package parent parse parsing
  partial password path paused peer pending permission permissions ping pinging plain platform plugin pod pods policy
  policy.json port possible post private proc process processing progress project prometheus protocol provider provided
  proxy proxyconnect pull pulled pulling pull-through push put q qps quay quota r range rate rate-limit read reader reading ready
  readlink read-only reason received receive record redacted ref reference referrers refused region registries
  registries.conf registry registry-1 rejected rejecting release remote remove rename repo repositories repository request
  requested require required reset resolution resolve resolv.conf resolved resolver resource response retry root rootfs
  round route rpc rs run runc runtime rw s s390x sandbox scheme schema schema1 schema2 schemaversion scope secret secrets
  secure seek send server service session setting sha1 sha256 sha384 sha512 shim short sig signature signed size sni
  snapshot snapshots snapshotter socket socks5 source spec stage start state stat status status.code storage store stream
  string su success support supported symlink sync system systemd tag tags tar target task tcp tcp4 tcp6 temp temporary than
  that the this time timeout timed tls tls1 tmp to token too toomanyrequests total traffic transfer transport true trust
  try type udp udp4 udp6 uid unable unauthorized unavailable unexpected unix unreachable unknown unlink unpack unpacking unsupported
  untar up upload uri url use used user username users using usr utf8 v v1 v2 valid value var variant verify version vfs
  volume wait waiting was when while windows with without write writing wrong x x509 xattr y yaml you your zstd
  arm/v7 arm64/v8 linux/amd64 linux/arm64 linux/arm linux/ppc64le linux/s390x windows/amd64 ppc64le i386 386 v7 v8
  admission-webhook admission webhook ghcr k8s gke eks aks gcp arn sts iam assumed-role ec2
  client.timeout errimagepull imagepullbackoff containercreating podinitializing errimageneverpull invalidimagename
  registryunavailable signaturevalidationfailed imageinspecterror inspectfailed createcontainererror
  `
    .trim()
    .split(/\s+/),
);

/** Whether a word (whatever its case) is one that runtimes and registries use themselves. */
export function isVocabulary(word: string): boolean {
  return WORDS.has(word.toLowerCase());
}
