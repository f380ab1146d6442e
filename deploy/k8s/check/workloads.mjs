// Pod templates, wherever a kind keeps them.
import { name } from './types.mjs';

/** [{ object, at, template, spec, containers }], init containers included in containers. */
export function workloads(objects) {
  return objects.flatMap((object) => {
    const template = object.kind === 'Pod' ? object
      : object.kind === 'CronJob' ? object.spec?.jobTemplate?.spec?.template
      : object.spec?.template;
    if (!template?.spec) return [];
    const containers = [...(template.spec.initContainers ?? []), ...(template.spec.containers ?? [])];
    return [{ object, at: name(object), template, spec: template.spec, containers }];
  });
}

export const isSidecar = (container) => container.restartPolicy === 'Always';

/** The value of --flag=value or of --flag value among a container's arguments. */
export function argument(container, flag) {
  const args = container.args ?? [];
  const joined = args.find((arg) => String(arg).startsWith(`--${flag}=`));
  if (joined !== undefined) return joined.slice(flag.length + 3);
  const at = args.indexOf(`--${flag}`);
  return at >= 0 ? args[at + 1] : undefined;
}
