// Whatever one object names in another must be there: config maps, secrets, service accounts, services, selectors, ports, volumes.
import { name } from './types.mjs';
import { workloads } from './workloads.mjs';

export function checkReferences(objects) {
  const has = (kind, namespace, wanted) => objects.some((o) => o.kind === kind && o.metadata.name === wanted && (o.metadata.namespace ?? '') === (namespace ?? ''));
  const pods = workloads(objects);
  return [
    ...duplicates(objects),
    ...namespaces(objects),
    ...pods.flatMap((pod) => podReferences(pod, has)),
    ...objects.filter((o) => o.kind === 'Service').flatMap((service) => serviceReferences(service, pods)),
    ...objects.filter((o) => o.kind === 'NetworkPolicy').flatMap((policy) => policyReferences(policy, pods)),
    ...objects.filter((o) => o.kind === 'PodDisruptionBudget').flatMap((budget) => budgetReferences(budget, pods)),
    ...serviceAddresses(objects, pods),
  ];
}

function duplicates(objects) {
  const keys = objects.map((o) => `${name(o)} in ${o.metadata?.namespace ?? 'no namespace'}`);
  return [...new Set(keys.filter((key, i) => keys.indexOf(key) !== i))].map((key) => `${key}: defined twice`);
}

function namespaces(objects) {
  const declared = new Set(objects.filter((o) => o.kind === 'Namespace').map((o) => o.metadata.name));
  return objects.filter((o) => o.metadata?.namespace && !declared.has(o.metadata.namespace)).map((o) => `${name(o)}: namespace ${o.metadata.namespace} is not defined`);
}

function podReferences({ object, at, template, spec, containers }, has) {
  const problems = [];
  const namespace = object.metadata.namespace;
  const expected = (object.metadata.annotations?.['konsul.io/expects-secrets'] ?? '').split(',').map((s) => s.trim());
  const need = (kind, wanted, where) => {
    if (!has(kind, namespace, wanted) && !(kind === 'Secret' && expected.includes(wanted))) problems.push(`${at}: ${where} names ${kind} ${wanted}, which is not there`);
  };

  if (spec.serviceAccountName) need('ServiceAccount', spec.serviceAccountName, 'serviceAccountName');
  if (object.spec.serviceName) need('Service', object.spec.serviceName, 'serviceName');
  if (object.spec.selector && !matches(object.spec.selector.matchLabels, template.metadata?.labels)) problems.push(`${at}: its selector does not match its own pods`);

  const volumes = new Set([...(spec.volumes ?? []).map((v) => v.name), ...(object.spec.volumeClaimTemplates ?? []).map((c) => c.metadata.name)]);
  for (const volume of spec.volumes ?? []) {
    if (volume.configMap && !volume.configMap.optional) need('ConfigMap', volume.configMap.name, `volume ${volume.name}`);
    if (volume.secret && !volume.secret.optional) need('Secret', volume.secret.secretName, `volume ${volume.name}`);
    if (volume.persistentVolumeClaim) need('PersistentVolumeClaim', volume.persistentVolumeClaim.claimName, `volume ${volume.name}`);
  }
  for (const container of containers) {
    const where = `container ${container.name}`;
    for (const mount of container.volumeMounts ?? []) if (!volumes.has(mount.name)) problems.push(`${at}: ${where} mounts volume ${mount.name}, which is not there`);
    for (const source of container.envFrom ?? []) {
      if (source.configMapRef) need('ConfigMap', source.configMapRef.name, where);
      if (source.secretRef) need('Secret', source.secretRef.name, where);
    }
    for (const variable of container.env ?? []) {
      if (variable.valueFrom?.configMapKeyRef) need('ConfigMap', variable.valueFrom.configMapKeyRef.name, where);
      if (variable.valueFrom?.secretKeyRef) need('Secret', variable.valueFrom.secretKeyRef.name, where);
    }
    problems.push(...probePorts(container).map((problem) => `${at}: ${where}: ${problem}`), ...undefinedVariables(container).map((v) => `${at}: ${where} uses $(${v}), which its env does not define`));
  }
  for (const volume of volumes) if (!containers.some((c) => (c.volumeMounts ?? []).some((m) => m.name === volume))) problems.push(`${at}: volume ${volume} is mounted nowhere`);
  return problems;
}

function probePorts(container) {
  const ports = new Set((container.ports ?? []).flatMap((p) => [p.name, p.containerPort]));
  return ['startupProbe', 'livenessProbe', 'readinessProbe'].flatMap((probe) => {
    const port = (container[probe]?.httpGet ?? container[probe]?.tcpSocket ?? container[probe]?.grpc)?.port;
    return port === undefined || ports.has(port) ? [] : [`${probe} asks port ${port}, which it does not declare`];
  });
}

function undefinedVariables(container) {
  const defined = new Set((container.env ?? []).map((e) => e.name));
  const used = [...(container.command ?? []), ...(container.args ?? [])].flatMap((text) => [...String(text).matchAll(/\$\((\w+)\)/g)].map((m) => m[1]));
  return used.filter((variable) => !defined.has(variable));
}

function serviceReferences(service, pods) {
  if (!service.spec.selector) return [];
  const behind = pods.filter((pod) => sameNamespace(pod.object, service) && matches(service.spec.selector, pod.template.metadata?.labels));
  if (behind.length === 0) return [`${name(service)}: its selector matches no pod`];
  const ports = behind.flatMap((pod) => pod.containers).flatMap((c) => c.ports ?? []);
  return (service.spec.ports ?? [])
    .filter((port) => !hasPort(ports, port.targetPort ?? port.port, port.protocol))
    .map((port) => `${name(service)}: port ${port.name ?? port.port} leads to ${port.targetPort ?? port.port}/${port.protocol ?? 'TCP'}, which no container declares`);
}

function policyReferences(policy, pods) {
  const behind = pods.filter((pod) => sameNamespace(pod.object, policy) && matches(policy.spec.podSelector?.matchLabels, pod.template.metadata?.labels));
  if (behind.length === 0) return [`${name(policy)}: its podSelector matches no pod`];
  const ports = behind.flatMap((pod) => pod.containers).flatMap((c) => c.ports ?? []);
  return (policy.spec.ingress ?? []).flatMap((rule) => rule.ports ?? [])
    .filter((port) => port.port !== undefined && !hasPort(ports, port.port, port.protocol))
    .map((port) => `${name(policy)}: allows port ${port.port}/${port.protocol ?? 'TCP'}, which no container declares`);
}

function budgetReferences(budget, pods) {
  const behind = pods.some((pod) => sameNamespace(pod.object, budget) && matches(budget.spec.selector?.matchLabels, pod.template.metadata?.labels));
  return behind ? [] : [`${name(budget)}: its selector matches no pod`];
}

// host.namespace.svc:port in an argument must be a service and one of its ports.
function serviceAddresses(objects, pods) {
  return pods.flatMap(({ at, containers }) => containers.flatMap((c) => c.args ?? []).flatMap((text) =>
    [...String(text).matchAll(/([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?:(\d+)/g)].flatMap(([address, service, namespace, port]) => {
      const found = objects.find((o) => o.kind === 'Service' && o.metadata.name === service && o.metadata.namespace === namespace);
      return !found ? [`${at}: ${address} names Service ${service} in ${namespace}, which is not there`]
        : found.spec.ports.some((p) => p.port === Number(port)) ? []
        : [`${at}: ${address}: Service ${service} has no port ${port}`];
    })));
}

const hasPort = (ports, wanted, protocol = 'TCP') => ports.some((p) => (p.name === wanted || p.containerPort === wanted) && (p.protocol ?? 'TCP') === protocol);
const matches = (selector, labels) => Object.entries(selector ?? {}).every(([key, value]) => labels?.[key] === value);
const sameNamespace = (a, b) => (a.metadata.namespace ?? '') === (b.metadata.namespace ?? '');
