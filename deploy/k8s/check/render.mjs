// Turns a folder, a file or "-" into Kubernetes objects. Folders go through `kubectl kustomize` when there is one that knows enough, else through
// the small renderer below, which knows what our kustomizations use: resources (files and folders), namespace, and patches by JSON Patch.
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, parse } from 'yaml';

const clusterScoped = new Set(['Namespace', 'ClusterRole', 'ClusterRoleBinding', 'CustomResourceDefinition', 'PersistentVolume', 'StorageClass']);
const known = new Set(['apiVersion', 'kind', 'namespace', 'resources', 'patches']);

export function render(path, renderer = 'auto') {
  if (!statSync(path).isDirectory()) return parseObjects(readFileSync(path, 'utf8'), path);
  if (renderer === 'own') return renderOwn(path);
  const built = runKubectl(path);
  if (built.output !== undefined) return parseObjects(built.output, path);
  if (renderer === 'kubectl' || !built.absent) throw new Error(built.reason);
  return renderOwn(path);
}

/** Whether a kubectl with a kustomize that is new enough is on PATH. */
export function hasKubectl() {
  try {
    const version = JSON.parse(execFileSync('kubectl', ['version', '--client', '-o', 'json'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return Number(/^v(\d+)/.exec(version.kustomizeVersion ?? 'v0')[1]) >= 4;
  } catch {
    return false;
  }
}

function runKubectl(path) {
  if (!hasKubectl()) return { absent: true, reason: 'no kubectl with kustomize 4 or newer' };
  try {
    return { output: execFileSync('kubectl', ['kustomize', path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }) };
  } catch (e) {
    return { reason: `kubectl kustomize ${path}: ${String(e.stderr).trim()}` };
  }
}

function renderOwn(folder) {
  const file = join(folder, 'kustomization.yaml');
  const kustomization = parse(readFileSync(file, 'utf8'));
  const unknown = Object.keys(kustomization).filter((key) => !known.has(key));
  if (unknown.length > 0) throw new Error(`${file}: the built-in renderer does not know ${unknown.join(', ')}; install kubectl`);
  const objects = kustomization.resources.flatMap((resource) => render(join(folder, resource), 'own'));
  if (kustomization.namespace) objects.forEach((object) => setNamespace(object, kustomization.namespace));
  for (const { target, patch } of kustomization.patches ?? []) {
    const meant = objects.filter((object) => object.kind === target.kind && object.metadata?.name === target.name);
    if (meant.length !== 1) throw new Error(`${file}: a patch is for ${target.kind}/${target.name}, of which there are ${meant.length}`);
    for (const step of parse(patch)) patchOne(meant[0], step, file);
  }
  return objects;
}

/** One step of a JSON Patch (RFC 6902): replace and remove are what our overlays need. */
function patchOne(object, { op, path, value }, file) {
  const keys = path.slice(1).split('/').map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop();
  const parent = keys.reduce((at, key) => at?.[key], object);
  if (parent?.[last] === undefined) throw new Error(`${file}: a patch changes ${path}, which is not there`);
  if (op === 'replace') parent[last] = value;
  else if (op === 'remove' && Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (op === 'remove') delete parent[last];
  else throw new Error(`${file}: the built-in renderer does not know the patch operation ${op}; install kubectl`);
}

function setNamespace(object, namespace) {
  if (object.kind === 'Namespace') object.metadata.name = namespace;
  else if (!clusterScoped.has(object.kind)) object.metadata.namespace = namespace;
}

function parseObjects(text, source) {
  const documents = parseAllDocuments(text);
  const broken = documents.flatMap((document) => [...(document.errors ?? []), ...(document.warnings ?? [])]);
  if (broken.length > 0) throw new Error(`${source}: ${broken[0].message}`);
  return documents.map((document) => document.toJS()).filter((object) => object !== null);
}
