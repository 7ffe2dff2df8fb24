// A name server that knows no name: what the node of a closed testbed asks. `node test/real/nxdomain.ts ADDRESS`; runs
// until it is ended. Without it a look-up waits for an answer that never comes, and "no such host" is never said.
import { createSocket } from 'node:dgram';

/** Response, recursion desired and available, RCODE 3 (RFC 1035, 4.1.1). */
const NXDOMAIN = 0x8183;
const HEADER_BYTES = 12;

const address = process.argv[2] ?? '127.0.0.1';
const socket = createSocket('udp4');
socket.on('message', (query, { port, address: from }) => {
  if (query.length < HEADER_BYTES) return;
  const answer = Buffer.from(query);
  answer.writeUInt16BE(NXDOMAIN, 2);
  // The question is repeated; an additional section of the query (EDNS) is not understood and left out.
  answer.writeUInt16BE(0, 10);
  socket.send(answer.subarray(0, endOfQuestion(query)), port, from);
});
socket.bind(53, address);

function endOfQuestion(query: Buffer): number {
  let at = HEADER_BYTES;
  while (at < query.length && query[at] !== 0) at += (query[at] ?? 0) + 1;
  // The root label, type and class.
  return Math.min(query.length, at + 5);
}
