/**
 * What every AWS client is built with: `new SQSClient({ ...awsClientSettings(), region })`. The SDK's own defaults wait
 * for an answer without end, and a Lambda that hangs answers nobody.
 */
export function awsClientSettings() {
  return {
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true },
  } as const;
}
