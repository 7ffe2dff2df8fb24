import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuse, send } from './answer.ts';
import type { AnswerFault } from './hosts.ts';
import { type Document, MEDIA } from './images.ts';

/** A blob to send, and how it goes wrong. */
export interface BlobAnswer {
  readonly blob: Document;
  readonly fault: AnswerFault | undefined;
  /** Real milliseconds before the last byte. */
  readonly delayMs: number;
}

/** Sends a blob, whole or in one of the ways that blobs go wrong. */
export function serveBlob(
  request: IncomingMessage,
  response: ServerResponse,
  { blob, fault, delayMs }: BlobAnswer,
): void {
  const headers = { 'content-type': 'application/octet-stream', 'docker-content-digest': blob.digest };
  if (fault === 'missing-blobs') {
    send(request, response, refuse(404, 'BLOB_UNKNOWN', 'blob unknown to registry'));
    return;
  }
  if (request.method === 'HEAD' || (fault !== 'stalled-blobs' && fault !== 'cut-blobs' && delayMs <= 0)) {
    const body =
      fault === 'corrupt-blobs' && blob.mediaType === MEDIA.layer ? Buffer.from(blob.bytes).reverse() : blob.bytes;
    send(request, response, { status: 200, headers, body });
    return;
  }
  response.writeHead(200, { ...headers, 'content-length': blob.bytes.length });
  if (fault === 'stalled-blobs') {
    response.write(blob.bytes.subarray(0, 1));
    return;
  }
  if (fault === 'cut-blobs') {
    response.write(blob.bytes.subarray(0, blob.bytes.length - 1), () => response.destroy());
    return;
  }
  response.write(blob.bytes.subarray(0, 1));
  const timer = setTimeout(() => response.end(blob.bytes.subarray(1)), delayMs);
  response.once('close', () => clearTimeout(timer));
}
