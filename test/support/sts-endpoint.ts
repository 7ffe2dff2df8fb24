import { createServer } from 'node:http';
import { listenOnLoopback } from '../../infra/local/registry/loopback.ts';

/** STS on loopback (query protocol, 2011-06-15): it knows one caller, and the roles that trust it. */
export interface StsEndpoint {
  readonly url: string;
  /** Roles that may be assumed. */
  readonly trusting: Set<string>;
  /** Added to the `Date` of its answers. */
  aheadMs: number;
  stop(): Promise<void>;
}

const XMLNS = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** @param arn of the caller */
export async function startSts(arn: string): Promise<StsEndpoint> {
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request as AsyncIterable<Buffer>) text += chunk.toString();
    const form = new URLSearchParams(text);
    const role = form.get('RoleArn') ?? '';
    const { status, body } = answer(form.get('Action') ?? '', role);
    const date = new Date(Date.now() + endpoint.aheadMs).toUTCString();
    response.writeHead(status, { 'content-type': 'text/xml', date }).end(body);
  });

  function answer(action: string, role: string): { readonly status: number; readonly body: string } {
    if (action === 'GetCallerIdentity') {
      return ok(action, `<Arn>${arn}</Arn><UserId>AROAEXAMPLE:me</UserId><Account>123456789012</Account>`);
    }
    if (!endpoint.trusting.has(role)) {
      const message = `User: ${arn} is not authorized to perform: sts:AssumeRole on resource: ${role}`;
      const error = `<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>${message}</Message></Error>`;
      return { status: 403, body: `<ErrorResponse xmlns="${XMLNS}">${error}</ErrorResponse>` };
    }
    const expiration = new Date(Date.now() + 900_000).toISOString();
    const keys = '<AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>CANARY-key</SecretAccessKey>';
    return ok(
      action,
      `<Credentials>${keys}<SessionToken>CANARY-session</SessionToken><Expiration>${expiration}</Expiration></Credentials>`,
    );
  }

  const { url, close } = await listenOnLoopback(server);
  const endpoint: StsEndpoint = { url, trusting: new Set(), aheadMs: 0, stop: close };
  return endpoint;
}

function ok(action: string, result: string) {
  const body = `<${action}Response xmlns="${XMLNS}"><${action}Result>${result}</${action}Result></${action}Response>`;
  return { status: 200, body };
}
