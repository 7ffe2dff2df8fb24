import { type Attributes, evaluate, type FunctionOf, type Template } from './template.ts';

/** One call of AWS as IAM sees it. */
export interface AwsCall {
  /** `sqs:SendMessage`. */
  readonly action: string;
  /** An ARN, or `*` where the action has none. */
  readonly resource: string;
}

/** One action on one resource pattern that a role allows. */
export interface Grant {
  readonly sid: string;
  readonly action: string;
  readonly resource: string;
}

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: unknown;
}

/** What the role of a function allows, one action and one resource each. @throws for what it cannot judge */
export function grantsOf({ roleId }: FunctionOf, template: Template, attributes: Attributes): readonly Grant[] {
  const role = template.Resources[roleId];
  if (role?.Type !== 'AWS::IAM::Role') throw new Error(`${roleId}: not a role`);
  const { Policies, ManagedPolicyArns } = evaluate(role.Properties, template, attributes) as {
    readonly Policies: readonly { readonly PolicyDocument: { readonly Statement: readonly Statement[] } }[];
    readonly ManagedPolicyArns?: readonly string[];
  };
  if ((ManagedPolicyArns ?? []).length > 0) throw new Error(`${roleId}: managed policies are not judged`);
  return Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement).flatMap((statement) => {
    const { Sid, Effect, Action, Resource, Condition } = statement;
    if (Effect !== 'Allow' || Condition !== undefined) throw new Error(`${roleId}: ${Sid} is more than a plain Allow`);
    return [Action].flat().flatMap((action) => [Resource].flat().map((resource) => ({ sid: Sid, action, resource })));
  });
}

export function isGranted(call: AwsCall, grants: readonly Grant[]): boolean {
  return grants.some((grant) => covers(grant, call));
}

/** IAM's own rules: actions without regard to case, `*` and `?` in both. */
export function covers(grant: Grant, call: AwsCall): boolean {
  return patternOf(grant.action, 'i').test(call.action) && patternOf(grant.resource, '').test(call.resource);
}

function patternOf(text: string, flags: string): RegExp {
  const escaped = text
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, `s${flags}`);
}
