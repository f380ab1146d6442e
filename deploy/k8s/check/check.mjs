// node check.mjs [--renderer auto|kubectl|own] [--programs FOLDER] [--separately] PATH...
// All paths are checked together, since they refer to one another; with --separately each PATH has a base/ and samples/ of its own, and its name
// stands before its problems.
// Prints one line for each problem; exit code 0: none, 1: some, 64: usage.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { argv, exit } from 'node:process';
import { checkFields } from './fields.mjs';
import { checkReferences } from './references.mjs';
import { render } from './render.mjs';
import { checkRules, usedOptions } from './rules.mjs';
import { checkTypes } from './types.mjs';
import { workloads } from './workloads.mjs';

const { renderer, programs, separately, paths } = readArguments(argv.slice(2));
const problems = [];
if (!separately) problems.push(...(await checkManifests(paths, renderer)));
else for (const path of paths) problems.push(...(await checkManifests([join(path, 'base'), join(path, 'samples')], renderer)).map((problem) => `${path}: ${problem}`));
problems.forEach((problem) => console.log(problem));
exit(problems.length > 0 ? 1 : 0);

async function checkManifests(sources, how) {
  let objects;
  try {
    objects = sources.flatMap((path) => render(path, how));
  } catch (e) {
    return [e.message];
  }
  const misshapen = objects.filter((o) => typeof o !== 'object' || !o.kind || !o.apiVersion || !o.metadata?.name);
  if (misshapen.length > 0) return misshapen.map((o) => `object without kind, apiVersion or name: ${JSON.stringify(o).slice(0, 80)}`);

  // References and rules read fields which only a well-typed object is sure to have.
  const shape = [...(await checkTypes(objects)), ...checkFields(objects)];
  if (shape.length > 0) return shape;
  const found = [...checkReferences(objects), ...checkRules(objects), ...(programs ? checkPrograms(programs, objects) : [])];
  console.error(`${objects.length} objects, ${workloads(objects).length} workloads, ${found.length} problems`);
  return found;
}

// Every option that the manifests set must be in the program's own help.
function checkPrograms(folder, objects) {
  const help = {
    'konsul-server': helpText(join(folder, 'konsul-server'), ['--help']),
    'konsul-proxy': [['--help'], ['sidecar', '--help']].map((args) => helpText(join(folder, 'konsul-proxy'), args)).join('\n'),
  };
  return usedOptions(objects).filter(([program, option]) => !new RegExp(`--${option}(?![\\w-])`).test(help[program])).map(([program, option]) => `${program} --help does not name --${option}`);
}

function helpText(file, args) {
  try {
    return execFileSync(file, args, { encoding: 'utf8', timeout: 30_000, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (e) {
    return `${e.stdout ?? ''}${e.stderr ?? ''}`;
  }
}

function readArguments(args) {
  const read = { renderer: 'auto', programs: undefined, separately: false, paths: [] };
  while (args.length > 0) {
    const arg = args.shift();
    if (arg === '--renderer' && ['auto', 'kubectl', 'own'].includes(args[0])) read.renderer = args.shift();
    else if (arg === '--programs' && args.length > 0) read.programs = args.shift();
    else if (arg === '--separately') read.separately = true;
    else if (arg.startsWith('-')) usage();
    else read.paths.push(arg);
  }
  if (read.paths.length === 0) usage();
  return read;
}

function usage() {
  console.error('usage: node check.mjs [--renderer auto|kubectl|own] [--programs FOLDER] [--separately] PATH...');
  exit(64);
}
