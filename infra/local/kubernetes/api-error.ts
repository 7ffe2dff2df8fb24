import { qualifiedName, type Resource } from './resources.ts';

/** What the API server refuses, as a v1 Status. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(status: number, reason: string, message: string, details?: Readonly<Record<string, unknown>>) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.reason = reason;
    this.details = details;
  }

  toStatus(): unknown {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...(this.details && { details: this.details }),
      code: this.status,
    };
  }
}

function about(resource: Resource, name: string): Readonly<Record<string, unknown>> {
  return { name, ...(resource.group && { group: resource.group }), kind: resource.plural };
}

export function notFound(resource: Resource, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${qualifiedName(resource)} "${name}" not found`, about(resource, name));
}

export function alreadyExists(resource: Resource, name: string): ApiError {
  return new ApiError(
    409,
    'AlreadyExists',
    `${qualifiedName(resource)} "${name}" already exists`,
    about(resource, name),
  );
}

export function conflict(resource: Resource, name: string, why: string): ApiError {
  return new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedName(resource)} "${name}": ${why}`,
    about(resource, name),
  );
}

/** Of a deletion; it names the kind where all other conflicts name the resource (registry/rest/delete.go). */
export function preconditionFailed(resource: Resource, name: string, why: string): ApiError {
  const kind = resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`;
  return new ApiError(409, 'Conflict', `Operation cannot be fulfilled on ${kind} "${name}": ${why}`, {
    ...about(resource, name),
    kind: resource.kind,
  });
}

/** The words that client-go's retry.RetryOnConflict and people know. */
export function modified(resource: Resource, name: string): ApiError {
  return conflict(
    resource,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

export interface FieldProblem {
  readonly field: string;
  /** `Required value`, `Invalid value: "x": field is immutable`, … */
  readonly message: string;
  readonly reason: 'FieldValueRequired' | 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueDuplicate';
}

export function invalid(resource: Resource, name: string, problems: readonly FieldProblem[]): ApiError {
  const texts = problems.map(({ field, message }) => `${field}: ${message}`);
  const joined = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const kind = resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`;
  return new ApiError(422, 'Invalid', `${kind} "${name}" is invalid: ${joined}`, {
    ...about(resource, name),
    kind: resource.kind,
    causes: problems.map(({ field, message, reason }) => ({ reason, message, field })),
  });
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

export function expired(message: string): ApiError {
  return new ApiError(410, 'Expired', message);
}
