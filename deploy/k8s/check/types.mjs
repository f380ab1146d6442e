// Types, required fields, enums and ranges, by the validators that are generated from Kubernetes' own schema. They accept unknown fields.
export async function checkTypes(objects) {
  const problems = [];
  for (const object of objects) {
    const version = object.apiVersion;
    const models = await import(`kubernetes-models/${version}`).catch(() => undefined);
    const Model = models?.[object.kind];
    if (!Model) {
      problems.push(`${name(object)}: apiVersion ${version} has no kind ${object.kind}`);
      continue;
    }
    try {
      new Model(object).validate();
    } catch (e) {
      problems.push(...(e.errors ?? [{ instancePath: '', message: e.message }]).map((error) => `${name(object)}: ${dotted(error.instancePath)} ${error.message}`));
    }
  }
  return problems;
}

export const name = (object) => `${object?.kind ?? 'object without kind'}/${object?.metadata?.name ?? '(no name)'}`;

const dotted = (path) => path.slice(1).replaceAll('/', '.');
