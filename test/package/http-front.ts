import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { httpEvent } from '../../functions/serve/http-event.ts';
import { listenOnLoopback } from '../../infra/local/registry/loopback.ts';
import type { LambdaProcess } from './lambda-process.ts';
import { resourcesOf, type Template } from './template.ts';

interface Route {
  /** `POST /alerts/{cluster}`. */
  readonly key: string;
  readonly pattern: RegExp;
  readonly functionId: string;
}

/** The HTTP API of the template: its routes and no others, payload format 2.0. */
export async function startHttpFront(
  template: Template,
  lambdas: ReadonlyMap<string, LambdaProcess>,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const routes = routesOf(template);

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { method = '', url = '/', headers } = request;
    const { pathname } = new URL(url, 'http://front');
    const route = routes.find(({ pattern }) => pattern.test(`${method} ${pathname}`));
    if (route === undefined) return void response.writeHead(404).end('{"message":"Not Found"}');
    const groups = route.pattern.exec(`${method} ${pathname}`)?.groups ?? {};
    const parameters = Object.fromEntries(
      Object.entries(groups).map(([name, text]) => [name, decodeURIComponent(text)]),
    );
    const call = { method, target: url, headers, body: Buffer.concat(chunks), remoteAddress: '127.0.0.1' };
    const event = httpEvent(call, route.key, parameters, Date.now());
    const lambda = lambdas.get(route.functionId);
    if (lambda === undefined) throw new Error(`${route.functionId} is not running`);
    const answer = (await lambda.invoke(event)) as APIGatewayProxyStructuredResultV2;
    const { statusCode = 200, body = '', isBase64Encoded = false } = answer;
    response.writeHead(statusCode, answer.headers as Record<string, string>);
    response.end(isBase64Encoded ? Buffer.from(body, 'base64') : body);
  }

  const server = createServer((request, response) => {
    // API Gateway's own answer to a function that failed.
    serve(request, response).catch(() => response.writeHead(500).end('{"message":"Internal Server Error"}'));
  });
  return listenOnLoopback(server);
}

function routesOf(template: Template): readonly Route[] {
  return resourcesOf(template, 'AWS::ApiGatewayV2::Route').map(({ Properties }) => {
    const key = String(Properties['RouteKey']);
    const { Target } = Properties as { readonly Target: { readonly 'Fn::Join': [string, [string, { Ref: string }]] } };
    const integration = template.Resources[Target['Fn::Join'][1][1].Ref]?.Properties as {
      readonly IntegrationUri: { readonly 'Fn::GetAtt': readonly [string, string] };
      readonly PayloadFormatVersion: string;
    };
    if (integration.PayloadFormatVersion !== '2.0') throw new Error(`${key}: not payload format 2.0`);
    const pattern = new RegExp(`^${key.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
    return { key, pattern, functionId: integration.IntegrationUri['Fn::GetAtt'][0] };
  });
}
