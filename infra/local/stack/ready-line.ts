/** What `npm start -- --json` prints, once, when everything answers: an interface that people script against. */
export interface ReadyLine {
  readonly ready: true;
  readonly console: string;
  readonly alerts: { readonly url: string; readonly token: string };
  readonly slack: {
    readonly apiUrl: string;
    readonly token: string;
    /** Where everything goes that no route takes. */
    readonly channel: string;
    /** By route: `default` and the channels that routes and annotations may name. */
    readonly channels: Readonly<Record<string, string>>;
    readonly signingSecret: string;
    readonly actionsUrl: string;
  };
  readonly kubernetes: { readonly server: string; readonly kubeconfig: string };
  readonly registry: { readonly host: string };
  readonly ecr: { readonly endpoint: string };
}
