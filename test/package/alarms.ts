import { resourcesOf, type Template } from './template.ts';

interface Metric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
}

/** `pullmedic-prod WebhookRejected answer=401,service=alert-webhook`. */
function nameOf({ Namespace, MetricName, Dimensions = [] }: Metric): string {
  const pairs = Dimensions.map(({ Name, Value }) => `${Name}=${Value}`);
  return `${Namespace} ${MetricName} ${pairs.sort().join(',')}`;
}

/** The metrics of our own that the alarms of a template ask for. */
export function alarmsOnOwnMetrics(template: Template): readonly string[] {
  return resourcesOf(template, 'AWS::CloudWatch::Alarm')
    .flatMap(({ Properties }) => {
      const { Metrics = [], ...single } = Properties as {
        readonly Metrics?: readonly { readonly MetricStat?: { readonly Metric: Metric } }[];
      };
      const listed = Metrics.flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : [MetricStat.Metric]));
      return 'MetricName' in single ? [single as unknown as Metric, ...listed] : listed;
    })
    .filter(({ Namespace }) => !Namespace.startsWith('AWS/'))
    .map(nameOf);
}

/** The metrics in lines of CloudWatch's embedded format. */
export function writtenMetrics(lines: readonly string[]): ReadonlySet<string> {
  return new Set(lines.filter((line) => line.startsWith('{"_aws"')).flatMap(readLine));
}

function readLine(line: string): readonly string[] {
  const fields = JSON.parse(line) as Readonly<Record<string, unknown>> & {
    readonly _aws: {
      readonly CloudWatchMetrics: readonly {
        readonly Namespace: string;
        readonly Dimensions: readonly (readonly string[])[];
        readonly Metrics: readonly { readonly Name: string }[];
      }[];
    };
  };
  return fields._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) =>
      Metrics.map(({ Name: MetricName }) =>
        nameOf({ Namespace, MetricName, Dimensions: names.map((Name) => ({ Name, Value: fields[Name] })) }),
      ),
    ),
  );
}
