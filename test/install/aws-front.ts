import { createServer, request as requestOf } from 'node:http';
import type { AddressInfo } from 'node:net';

const NO_OBJECTION =
  '<ValidateTemplateResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><ValidateTemplateResult>' +
  '<Parameters/></ValidateTemplateResult></ValidateTemplateResponse>';

/**
 * moto, but for one call: its ValidateTemplate takes every warning of cfn-lint for an error, AWS's own does not. The lint
 * of the template has a test of its own.
 */
export async function startAwsFront(moto: string): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const { hostname, port } = new URL(moto);
  // moto's transactions are not safe against its own other threads: one call at a time.
  let last = Promise.resolve();
  const server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const body = Buffer.concat(parts);
      if (body.includes('Action=ValidateTemplate')) {
        outgoing.writeHead(200, { 'content-type': 'text/xml' }).end(NO_OBJECTION);
        return;
      }
      const { method, url, headers } = incoming;
      const pass = () =>
        new Promise<void>((resolve) => {
          const passed = requestOf({ hostname, port, method, path: url, headers }, (answer) => {
            outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.pipe(outgoing).once('close', resolve);
          });
          passed.on('error', () => {
            outgoing.destroy();
            resolve();
          });
          passed.end(body);
        });
      last = last.then(pass);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
