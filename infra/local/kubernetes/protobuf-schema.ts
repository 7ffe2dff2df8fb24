/**
 * Field numbers of the messages that kubectl's typed clients send (`kubectl create deployment`, `create secret`, …),
 * from k8s.io/api and k8s.io/apimachinery, `generated.proto`. A field that is not here is refused, not dropped.
 */
export type FieldType =
  | 'string'
  | 'int'
  /** Not a pointer in Go, so 0 means unset; likewise `flag` for bool. */
  | 'number'
  | 'bool'
  | 'flag'
  | 'bytes'
  | 'time'
  | 'quantity'
  | 'intOrString'
  | { readonly message: string }
  | { readonly map: FieldType }
  | { readonly list: FieldType };

export interface Field {
  readonly name: string;
  readonly type: FieldType;
}

type Fields = Readonly<Record<number, Field>>;

/** `1:name 2:image 3:command*`: a number, a name and, after a slash, a type where it is not a string; `*` = repeated. */
function fields(text: string): Fields {
  return Object.fromEntries(
    text
      .trim()
      .split(/\s+/)
      .map((one) => {
        const [, number, name = '', type = 'string', mark] =
          /^(\d+):([A-Za-z]+)(?:\/([A-Za-z]+))?([*%])?$/.exec(one) ?? [];
        const base: FieldType = /^[A-Z]/.test(type) ? { message: type } : (type as FieldType);
        return [Number(number), { name, type: mark === '*' ? { list: base } : mark === '%' ? { map: base } : base }];
      }),
  );
}

const OBJECT = '1:metadata/ObjectMeta';

export const MESSAGES: Readonly<Record<string, Fields>> = {
  Unknown: fields('1:typeMeta/TypeMeta 2:raw/bytes 3:contentEncoding 4:contentType'),
  TypeMeta: fields('1:apiVersion 2:kind'),
  ObjectMeta: fields(
    '1:name 2:generateName 3:namespace 4:selfLink 5:uid 6:resourceVersion 7:generation/number 8:creationTimestamp/time 9:deletionTimestamp/time 10:deletionGracePeriodSeconds/int 11:labels% 12:annotations% 13:ownerReferences/OwnerReference* 14:finalizers*',
  ),
  OwnerReference: fields('1:kind 3:name 4:uid 5:apiVersion 6:controller/bool 7:blockOwnerDeletion/bool'),
  LabelSelector: fields('1:matchLabels% 2:matchExpressions/LabelSelectorRequirement*'),
  LabelSelectorRequirement: fields('1:key 2:operator 3:values*'),
  LocalObjectReference: fields('1:name'),
  ObjectReference: fields('1:kind 2:namespace 3:name 4:uid 5:apiVersion 6:resourceVersion 7:fieldPath'),
  Empty: {},
  Deployment: fields(`${OBJECT} 2:spec/DeploymentSpec 3:status/Empty`),
  DeploymentSpec: fields(
    '1:replicas/int 2:selector/LabelSelector 3:template/PodTemplateSpec 4:strategy/DeploymentStrategy 5:minReadySeconds/number 6:revisionHistoryLimit/int 7:paused/flag 9:progressDeadlineSeconds/int',
  ),
  DeploymentStrategy: fields('1:type 2:rollingUpdate/RollingUpdateDeployment'),
  RollingUpdateDeployment: fields('1:maxUnavailable/intOrString 2:maxSurge/intOrString'),
  PodTemplateSpec: fields(`${OBJECT} 2:spec/PodSpec`),
  Pod: fields(`${OBJECT} 2:spec/PodSpec 3:status/Empty`),
  PodSpec: fields(
    '2:containers/Container* 3:restartPolicy 4:terminationGracePeriodSeconds/int 5:activeDeadlineSeconds/int 6:dnsPolicy 7:nodeSelector% 8:serviceAccountName 9:serviceAccount 10:nodeName 11:hostNetwork/flag 12:hostPID/flag 13:hostIPC/flag 14:securityContext/Empty 15:imagePullSecrets/LocalObjectReference* 16:hostname 17:subdomain 19:schedulerName 20:initContainers/Container* 21:automountServiceAccountToken/bool 22:tolerations/Toleration* 24:priorityClassName 25:priority/int',
  ),
  Container: fields(
    '1:name 2:image 3:command* 4:args* 5:workingDir 6:ports/ContainerPort* 7:env/EnvVar* 8:resources/ResourceRequirements 13:terminationMessagePath 14:imagePullPolicy 16:stdin/flag 17:stdinOnce/flag 18:tty/flag 20:terminationMessagePolicy',
  ),
  ContainerPort: fields('1:name 2:hostPort/number 3:containerPort/int 4:protocol 5:hostIP'),
  EnvVar: fields('1:name 2:value'),
  ResourceRequirements: fields('1:limits/quantity% 2:requests/quantity%'),
  Toleration: fields('1:key 2:operator 3:value 4:effect 5:tolerationSeconds/int'),
  Secret: fields(`${OBJECT} 2:data/bytes% 3:type 4:stringData% 5:immutable/bool`),
  ConfigMap: fields(`${OBJECT} 2:data% 3:binaryData/bytes% 4:immutable/bool`),
  ServiceAccount: fields(
    `${OBJECT} 2:secrets/ObjectReference* 3:imagePullSecrets/LocalObjectReference* 4:automountServiceAccountToken/bool`,
  ),
  Namespace: fields(`${OBJECT} 2:spec/NamespaceSpec 3:status/Empty`),
  NamespaceSpec: fields('1:finalizers*'),
  Job: fields(`${OBJECT} 2:spec/JobSpec 3:status/Empty`),
  JobSpec: fields(
    '1:parallelism/int 2:completions/int 3:activeDeadlineSeconds/int 4:selector/LabelSelector 5:manualSelector/bool 6:template/PodTemplateSpec 7:backoffLimit/int 8:ttlSecondsAfterFinished/int 9:completionMode 10:suspend/bool',
  ),
  CronJob: fields(`${OBJECT} 2:spec/CronJobSpec 3:status/Empty`),
  CronJobSpec: fields(
    '1:schedule 2:startingDeadlineSeconds/int 3:concurrencyPolicy 4:suspend/bool 5:jobTemplate/JobTemplateSpec 6:successfulJobsHistoryLimit/int 7:failedJobsHistoryLimit/int 8:timeZone',
  ),
  JobTemplateSpec: fields(`${OBJECT} 2:spec/JobSpec`),
  Role: fields(`${OBJECT} 2:rules/PolicyRule*`),
  ClusterRole: fields(`${OBJECT} 2:rules/PolicyRule*`),
  PolicyRule: fields('1:verbs* 2:apiGroups* 3:resources* 4:resourceNames* 5:nonResourceURLs*'),
  RoleBinding: fields(`${OBJECT} 2:subjects/Subject* 3:roleRef/RoleRef`),
  ClusterRoleBinding: fields(`${OBJECT} 2:subjects/Subject* 3:roleRef/RoleRef`),
  Subject: fields('1:kind 2:apiGroup 3:name 4:namespace'),
  RoleRef: fields('1:apiGroup 2:kind 3:name'),
  SelfSubjectAccessReview: fields(`${OBJECT} 2:spec/SelfSubjectAccessReviewSpec 3:status/Empty`),
  SelfSubjectAccessReviewSpec: fields(
    '1:resourceAttributes/ResourceAttributes 2:nonResourceAttributes/NonResourceAttributes',
  ),
  ResourceAttributes: fields('1:namespace 2:verb 3:group 4:version 5:resource 6:subresource 7:name'),
  NonResourceAttributes: fields('1:path 2:verb'),
  SelfSubjectRulesReview: fields(`${OBJECT} 2:spec/SelfSubjectRulesReviewSpec 3:status/Empty`),
  SelfSubjectRulesReviewSpec: fields('1:namespace'),
  DeleteOptions: fields(
    '1:gracePeriodSeconds/int 2:preconditions/Preconditions 3:orphanDependents/bool 4:propagationPolicy 5:dryRun*',
  ),
  Preconditions: fields('1:uid 2:resourceVersion'),
  Scale: fields(`${OBJECT} 2:spec/ScaleSpec 3:status/Empty`),
  ScaleSpec: fields('1:replicas/int'),
};
