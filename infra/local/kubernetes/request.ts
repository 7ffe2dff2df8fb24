import type { IncomingMessage } from 'node:http';
import { parse } from 'yaml';
import { ApiError, badRequest } from './api-error.ts';
import type { ApiObject } from './objects.ts';
import { decodeProtobuf } from './protobuf.ts';
import { apiVersionOf, findResource, type Resource } from './resources.ts';

/** What a request to the API asks for. */
export interface Target {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

const PATH =
  /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/([^/]+)(?=\/[^/]))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?\/?$/;

/** `/apis/apps/v1/namespaces/shop/deployments/web/scale`; `undefined` for a path that names no resource served. */
export function parseTarget(path: string): Target | undefined {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const [root, ...rest] = parts;
  if (root !== 'api' && root !== 'apis') return undefined;
  const group = root === 'apis' ? rest.shift() : '';
  const version = rest.shift();
  if (group === undefined || version === undefined || rest.length === 0 || !PATH.test(path)) return undefined;
  // `/namespaces/x` alone, or with a subresource of the namespace itself, is about the namespace.
  const isInNamespace = rest[0] === 'namespaces' && rest.length > 2 && !['status', 'finalize'].includes(rest[2] ?? '');
  const namespace = isInNamespace ? rest[1] : undefined;
  const [plural = '', name, subresource] = isInNamespace ? rest.slice(2) : rest;
  const resource = findResource(group, version, plural);
  return resource && { resource, namespace, name, subresource };
}

/** Largest body that etcd and the API server take. */
const MAX_BODY = 3 * 1024 * 1024;

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY) throw new ApiError(413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** The body, from JSON, YAML or protobuf. @throws {ApiError} 415 for another format, 400 for what does not parse */
export async function readDocument(request: IncomingMessage): Promise<unknown> {
  const type = request.headers['content-type'] ?? 'application/json';
  const bytes = await readBody(request);
  if (bytes.length > 0 && type.startsWith('application/vnd.kubernetes.protobuf')) return decodeProtobuf(bytes);
  if (/cbor/.test(type)) {
    throw new ApiError(415, 'UnsupportedMediaType', `the body of the request was in an unknown format - ${type}`);
  }
  const text = bytes.toString('utf8');
  if (text.trim() === '') return undefined;
  try {
    return /yaml/.test(type) ? (parse(text) as unknown) : (JSON.parse(text) as unknown);
  } catch (error) {
    throw badRequest(`error decoding the body: ${(error as Error).message}`);
  }
}

/** The body as an object of the kind that the path names, with the path's namespace. */
export function asObject(body: unknown, { resource, namespace, name }: Target): ApiObject {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) throw badRequest('the body is not an object');
  const object = body as ApiObject;
  const apiVersion = apiVersionOf(resource);
  if ((object.kind ?? resource.kind) !== resource.kind || (object.apiVersion ?? apiVersion) !== apiVersion) {
    throw badRequest(
      `${object.apiVersion}, Kind=${object.kind} in the body does not match ${apiVersion}, Kind=${resource.kind} of the URL`,
    );
  }
  const metadata = { ...object.metadata };
  if (resource.isNamespaced && namespace !== undefined) {
    if (metadata.namespace && metadata.namespace !== namespace) {
      throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
    }
    metadata.namespace = namespace;
  }
  if (name !== undefined) {
    if (metadata.name && metadata.name !== name) {
      throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
    }
    metadata.name = name;
  }
  return { ...object, apiVersion, kind: resource.kind, metadata };
}
