// Rules of this project on top of Kubernetes' own: options that exist, Pod Security "restricted", time to drain, labels, pinned images.
import { parse } from 'yaml';
import { annotations, drainDefaults, environmentName, options, probes, programOf, verbs } from './contract.mjs';
import { name } from './types.mjs';
import { argument, isSidecar, workloads } from './workloads.mjs';

const labels = ['name', 'component', 'part-of', 'version', 'managed-by'].map((label) => `app.kubernetes.io/${label}`);
const margin = 5;

export function checkRules(objects) {
  return [
    ...objects.flatMap(checkLabels),
    ...workloads(objects).flatMap((pod) => [...checkPod(pod), ...checkGrace(pod), ...pod.containers.flatMap((c) => checkContainer(pod, c, objects).map((p) => `${pod.at}: container ${c.name}: ${p}`))]),
  ];
}

function checkLabels(object) {
  const own = Object.keys({ ...object.metadata?.labels, ...object.metadata?.annotations, ...object.spec?.template?.metadata?.annotations });
  return [
    ...labels.filter((label) => !object.metadata?.labels?.[label]).map((label) => `${name(object)}: label ${label} is missing`),
    ...own.filter((key) => key.startsWith('konsul.io/') && !annotations.includes(key)).map((key) => `${name(object)}: ${key} is no label or annotation that we know`),
  ];
}

function checkPod({ at, spec, object }) {
  const context = spec.securityContext ?? {};
  const selector = Object.keys(object.spec.selector?.matchLabels ?? {});
  return [
    spec.automountServiceAccountToken !== false && `${at}: automountServiceAccountToken is not false`,
    !spec.serviceAccountName && `${at}: has no service account of its own`,
    context.runAsNonRoot !== true && `${at}: runAsNonRoot is not true`,
    context.seccompProfile?.type !== 'RuntimeDefault' && `${at}: seccompProfile is not RuntimeDefault`,
    (spec.hostNetwork || spec.hostPID || spec.hostIPC) && `${at}: shares a namespace of the host`,
    (spec.volumes ?? []).some((v) => v.hostPath) && `${at}: mounts a path of the host`,
    selector.includes('app.kubernetes.io/version') && `${at}: selects by version, which an upgrade changes`,
  ].filter(Boolean);
}

/** Grace must cover the delay before the app stops, the drain of our programs, and a margin; Kubernetes' default of 30 s is too short for a sidecar. */
function checkGrace({ at, spec, containers }) {
  const ours = containers.filter(programOf);
  if (ours.length === 0) return [];
  const proxies = ours.filter((c) => programOf(c) === 'konsul-proxy');
  const delay = Math.max(0, ...containers.map((c) => preStopSeconds(c)));
  const drain = Math.max(...ours.map((c) => seconds(argument(c, 'drain-timeout') ?? drainDefaults[programOf(c)])));
  const grace = spec.terminationGracePeriodSeconds ?? 30;
  return [
    grace < delay + drain + margin && `${at}: terminationGracePeriodSeconds ${grace} is less than delay ${delay} + drain ${drain} + ${margin}`,
    ...proxies.filter((c) => !isSidecar(c)).map((c) => `${at}: container ${c.name}: a proxy must be an init container with restartPolicy Always`),
    ...proxies.filter((c) => !c.startupProbe).map((c) => `${at}: container ${c.name}: without a startupProbe the app starts before its proxy is ready`),
  ].filter(Boolean);
}

function checkContainer(pod, container, objects) {
  const context = container.securityContext ?? {};
  return [
    context.allowPrivilegeEscalation !== false && 'allowPrivilegeEscalation is not false',
    context.readOnlyRootFilesystem !== true && 'readOnlyRootFilesystem is not true',
    !(context.capabilities?.drop ?? []).includes('ALL') && 'does not drop ALL capabilities',
    context.privileged && 'is privileged',
    !((context.runAsUser ?? pod.spec.securityContext?.runAsUser) > 0) && 'runs as no fixed user other than root',
    !(container.resources?.requests?.cpu && container.resources?.requests?.memory) && 'requests no cpu or memory',
    container.resources?.limits?.memory !== container.resources?.requests?.memory && 'its memory limit is not its request',
    !/:[^:/]*\d[^:/]*$|@sha256:/.test(container.image ?? '') && `image ${container.image} is not pinned to a version`,
    !(container.readinessProbe || container.startupProbe) && 'has no probe',
    ...checkOptions(container),
    ...checkConfiguration(pod, container, objects),
  ].filter(Boolean);
}

function checkOptions(container) {
  const program = programOf(container);
  if (!program) return [];
  const known = options[program];
  const bare = (container.args ?? []).filter((arg, i, all) => !arg.startsWith('--') && !(i > 0 && all[i - 1].startsWith('--') && !all[i - 1].includes('=')));
  const paths = ['startupProbe', 'livenessProbe', 'readinessProbe'].map((probe) => container[probe]?.httpGet?.path).filter(Boolean);
  return [
    ...flags(container).filter((option) => !known.includes(option)).map((option) => `${program} has no option --${option}`),
    ...bare.filter((verb) => !verbs[program].includes(verb)).map((verb) => `${program} has no verb ${verb}`),
    ...variables(container).filter((v) => !known.some((option) => environmentName(option) === v)).map((v) => `${program} reads no ${v}`),
    ...paths.filter((path) => !probes[program].includes(path)).map((path) => `${program} answers no probe on ${path}`),
    ...portProblems(container),
  ];
}

const flags = (container) => (container.args ?? []).filter((arg) => arg.startsWith('--')).map((arg) => arg.slice(2).split('=')[0]);

const variables = (container) => (container.env ?? []).map((e) => e.name).filter((n) => n.startsWith('KONSUL_'));

/** [program, option] for every option which the manifests set, by flag, by environment or in a configuration file. */
export function usedOptions(objects) {
  const used = workloads(objects).flatMap((pod) => pod.containers.filter(programOf).flatMap((container) => {
    const program = programOf(container);
    const configured = Object.keys(configuration(pod, container, objects) ?? {}).map((key) => key.replaceAll('_', '-'));
    const fromEnvironment = options[program].filter((option) => variables(container).includes(environmentName(option)));
    return [...flags(container), ...configured, ...fromEnvironment].map((option) => `${program} ${option}`);
  }));
  return [...new Set(used)].map((pair) => pair.split(' '));
}

// An address given as an argument must be a port that the container declares, unless it is the pod's own business.
function portProblems(container) {
  const declared = (container.ports ?? []).map((p) => p.containerPort);
  return ['inbound-addr', 'admin-addr', 'http-addr', 'grpc-addr', 'dns-addr', 'raft-addr'].flatMap((option) => {
    const address = argument(container, option);
    const port = Number(address?.split(':').at(-1));
    return address === undefined || address.startsWith('127.') || declared.includes(port) ? [] : [`--${option} listens on ${port}, which is not among its ports`];
  });
}

// The keys of a --config file must be options, its ports declared.
function checkConfiguration(pod, container, objects) {
  const program = programOf(container);
  const path = program && argument(container, 'config');
  if (!path) return [];
  const settings = configuration(pod, container, objects);
  if (!settings) return [`--config ${path} is in no mounted config map`];
  const declared = (container.ports ?? []).map((p) => p.containerPort);
  return Object.entries(settings).flatMap(([key, value]) => {
    const option = key.replaceAll('_', '-');
    return !options[program].includes(option) ? [`configuration key ${key} is no option of ${program}`]
      : option.endsWith('-addr') && !declared.includes(Number(String(value).split(':').at(-1))) ? [`${key} ${value} is not among its ports`]
      : [];
  });
}

/** What the --config file holds, found by way of its mount and config map; undefined if it is not there. */
function configuration(pod, container, objects) {
  const path = argument(container, 'config') ?? '';
  const mount = (container.volumeMounts ?? []).find((m) => path.startsWith(`${m.mountPath}/`));
  const volume = (pod.spec.volumes ?? []).find((v) => v.name === mount?.name);
  const map = objects.find((o) => o.kind === 'ConfigMap' && o.metadata.name === volume?.configMap?.name && o.metadata.namespace === pod.object.metadata.namespace);
  const text = map?.data?.[path.slice((mount?.mountPath.length ?? 0) + 1)];
  return text === undefined ? undefined : parse(text);
}

function preStopSeconds(container) {
  const hook = container.lifecycle?.preStop;
  const slept = /\bsleep (\d+)/.exec((hook?.exec?.command ?? []).join(' '))?.[1];
  return Number(hook?.sleep?.seconds ?? slept ?? 0);
}

function seconds(duration) {
  const [, value, unit] = /^(\d+)(ms|s|m)$/.exec(duration) ?? [];
  return value === undefined ? Infinity : Number(value) * { ms: 0.001, s: 1, m: 60 }[unit];
}
