import { type Logger, LogLevel } from '@slack/web-api';

/** The client writes to the console by itself, requests included; failures come back as errors and are logged once. */
export const SILENT_LOGGER: Logger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  setLevel: ignore,
  getLevel: () => LogLevel.ERROR,
  setName: ignore,
};

function ignore(): void {}
