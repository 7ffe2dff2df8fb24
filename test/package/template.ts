/** A compiled CloudFormation template, and what its intrinsic functions mean in the account of a test. */
export interface Template {
  readonly Parameters?: Readonly<Record<string, { readonly Default?: string; readonly Type: string }>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}

export interface Resource {
  readonly Type: string;
  readonly Condition?: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

/** What a reference stands for; `undefined` = the harness does not know it. */
export interface Attributes {
  ref(logicalId: string): unknown;
  attribute(logicalId: string, name: string): unknown;
}

type Json = Readonly<Record<string, unknown>>;
const NO_VALUE = Symbol('AWS::NoValue');

export function readTemplate(text: string): Template {
  return JSON.parse(text) as Template;
}

export function resourcesOf(
  { Resources }: Template,
  type: string,
): readonly (Resource & { readonly logicalId: string })[] {
  return Object.entries(Resources)
    .filter(([, resource]) => resource.Type === type)
    .map(([logicalId, resource]) => ({ logicalId, ...resource }));
}

/** Evaluates the intrinsic functions in a value. @throws for one that it does not know, and for an unknown reference */
export function evaluate(value: unknown, template: Template, attributes: Attributes): unknown {
  const visit = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map(visit).filter((item) => item !== NO_VALUE);
    if (typeof one !== 'object' || one === null) return one;
    const [[key, argument] = ['', undefined], ...others] = Object.entries(one);
    if (others.length === 0 && (key === 'Ref' || key.startsWith('Fn::'))) return call(key, argument);
    const entries = Object.entries(one).map(([name, item]) => [name, visit(item)] as const);
    return Object.fromEntries(entries.filter(([, item]) => item !== NO_VALUE));
  };

  const call = (name: string, argument: unknown): unknown => {
    switch (name) {
      case 'Ref':
        return reference(argument as string);
      case 'Fn::GetAtt': {
        const [id, attribute] = (Array.isArray(argument) ? argument : String(argument).split('.')) as [string, string];
        return known(attributes.attribute(id, attribute), `${id}.${attribute}`);
      }
      case 'Fn::Sub':
        return (argument as string).replace(/\$\{([^}]+)\}/g, (_, id: string) => String(reference(id)));
      case 'Fn::Join': {
        const [separator, parts] = argument as [string, unknown];
        return (visit(parts) as readonly unknown[]).join(separator);
      }
      case 'Fn::If': {
        const [condition, yes, no] = argument as [string, unknown, unknown];
        return visit(visit(template.Conditions?.[condition]) === true ? yes : no);
      }
      case 'Fn::Equals': {
        const [left, right] = visit(argument) as readonly [unknown, unknown];
        return String(left) === String(right);
      }
      case 'Fn::Not':
        return (visit(argument) as readonly unknown[])[0] !== true;
      default:
        throw new Error(`${name}: not known to the harness`);
    }
  };

  const reference = (id: string): unknown => {
    if (id === 'AWS::NoValue') return NO_VALUE;
    const parameter = template.Parameters?.[id];
    if (parameter !== undefined) {
      const text = parameter.Default ?? '';
      return parameter.Type === 'CommaDelimitedList' ? text.split(',') : text;
    }
    return known(attributes.ref(id), id);
  };

  return visit(value);
}

function known(value: unknown, what: string): unknown {
  if (value === undefined) throw new Error(`${what}: not known to the harness`);
  return value;
}

/** A function of the template, as its properties say. */
export interface FunctionOf {
  readonly logicalId: string;
  /** `alert-webhook`. */
  readonly name: string;
  /** `pullmedic-prod-alert-webhook`. */
  readonly functionName: string;
  readonly handler: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly environment: Json;
  readonly roleId: string;
}

export function functionsOf(template: Template): readonly FunctionOf[] {
  return resourcesOf(template, 'AWS::Lambda::Function').map(({ logicalId, Properties }) => {
    const { Handler, FunctionName, MemorySize, Timeout, Environment, Role } = Properties as {
      readonly Handler: string;
      readonly FunctionName: string;
      readonly MemorySize: number;
      readonly Timeout: number;
      readonly Environment: { readonly Variables: Json };
      readonly Role: { readonly 'Fn::GetAtt': readonly [string, string] };
    };
    const name = /^dist\/([a-z-]+)\//.exec(Handler)?.[1];
    if (name === undefined) throw new Error(`${Handler}: not the handler of a bundle`);
    return {
      logicalId,
      name,
      functionName: FunctionName,
      handler: Handler,
      memoryMb: MemorySize,
      timeoutSeconds: Timeout,
      environment: Environment.Variables,
      roleId: Role['Fn::GetAtt'][0],
    };
  });
}
