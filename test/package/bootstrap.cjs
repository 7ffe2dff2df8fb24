// What Lambda's Node runtime does around a handler, by the Runtime API
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html): run in a process of its own by lambda-process.ts.
// eslint-free CommonJS, so that bare Node runs it.
const { join } = require('node:path');
const http = require('node:http');

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true });

function call(method, path, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host, port, agent, method, path: `/2018-06-01/runtime${path}`, headers },
      (answer) => {
        const chunks = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('end', () => resolve({ headers: answer.headers, body: Buffer.concat(chunks).toString('utf8') }));
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

function describe(error) {
  const isError = error instanceof Error;
  return JSON.stringify({
    errorType: isError ? error.name : typeof error,
    errorMessage: isError ? error.message : String(error),
    trace: isError ? String(error.stack).split('\n') : [],
  });
}

/** `dist/x/index.handler` ─▶ dist/x/index.js, .mjs or .cjs, in the runtime's order. */
function load(name) {
  const [, path, exported] = /^(.+)\.([^.]+)$/.exec(name);
  for (const ending of ['.js', '.mjs', '.cjs']) {
    try {
      const handler = require(join(process.env.LAMBDA_TASK_ROOT, `${path}${ending}`))[exported];
      if (typeof handler !== 'function') throw new Error(`${name} is not a function`);
      // Node 24's runtime refuses callback style.
      if (handler.length > 2) throw new Error(`${name} takes a callback`);
      return handler;
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND' || !error.message.includes(`${path}${ending}`)) throw error;
    }
  }
  throw new Error(`${name}: no such file in the package`);
}

async function main() {
  let handler;
  try {
    handler = load(process.env._HANDLER);
  } catch (error) {
    await call('POST', '/init/error', describe(error));
    process.exit(1);
  }
  for (;;) {
    const { headers, body } = await call('GET', '/invocation/next');
    const id = headers['lambda-runtime-aws-request-id'];
    const deadline = Number(headers['lambda-runtime-deadline-ms']);
    const context = {
      awsRequestId: id,
      functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
      functionVersion: '$LATEST',
      invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
      memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
      logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
      logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
      getRemainingTimeInMillis: () => deadline - Date.now(),
    };
    try {
      const result = await handler(JSON.parse(body), context);
      await call('POST', `/invocation/${id}/response`, JSON.stringify(result ?? null));
    } catch (error) {
      await call('POST', `/invocation/${id}/error`, describe(error));
    }
  }
}

main().catch((error) => {
  // The harness went away.
  process.stderr.write(`bootstrap: ${error.message}\n`);
  process.exit(1);
});
